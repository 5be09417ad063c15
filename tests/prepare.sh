#!/usr/bin/env bash
# Install what the tests need beyond Python, where it is missing and the user may: PostgreSQL, Chromium,
# wrk and the npm packages. What cannot be had is named here; its tests are then skipped with that reason,
# and in CI they fail.
set -u
cd "$(dirname "$0")/.."

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v wrk >/dev/null || missing+=(wrk)
command -v node >/dev/null || missing+=(nodejs npm)
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
ldconfig -p 2>/dev/null | grep -q libgomp.so.1 || missing+=(libgomp1)

if [ "${#missing[@]}" -gt 0 ]; then
    if may_install; then
        echo "Installing for the tests: ${missing[*]}"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null ||
            echo "Could not install ${missing[*]}; the tests that need them are skipped."
    else
        echo "Missing: ${missing[*]}. Without them, the tests that need them are skipped."
    fi
fi

if [ -f package-lock.json ] && [ ! -d node_modules ] && command -v npm >/dev/null; then
    npm ci --no-audit --no-fund --silent || echo "npm ci failed; browser and OpenAPI tests are skipped."
fi
exit 0
