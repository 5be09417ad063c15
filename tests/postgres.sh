#!/usr/bin/env bash
# Start a PostgreSQL 15 server for the tests and print the address of its test database, alone on the last line.
# Installs it where it is missing and the user may. Without rights: prints the reason and ends with 3.
set -u
name=triage_test
cannot() { echo "PostgreSQL cannot be had: $1"; exit 3; }

if [ -n "${TRIAGE_TEST_POSTGRES:-}" ]; then echo "$TRIAGE_TEST_POSTGRES"; exit 0; fi
[ "$(id -u)" = 0 ] || cannot "starting a server needs root here. Set TRIAGE_TEST_POSTGRES to the address of one."
# Two test processes may ask at once; the second finds all in place.
exec 9>/tmp/triage_test_postgres.lock && flock 9
if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
    command -v apt-get >/dev/null || cannot "it is not installed, and there is no apt-get."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >/dev/null 2>&1 ||
        cannot "apt-get install postgresql did not succeed."
fi
read -r version cluster port _ < <(pg_lsclusters --no-header | head -1) || cannot "no cluster is set up."
# The server lives on after this script, so it must not hold the lock (9).
pg_ctlcluster --skip-systemctl-redirect "$version" "$cluster" start >/dev/null 2>&1 9>&-
for _ in $(seq 50); do pg_isready -q -h 127.0.0.1 -p "$port" && break; sleep 0.2; done
pg_isready -q -h 127.0.0.1 -p "$port" || cannot "cluster $version $cluster did not start; see its log."

as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); }
as_postgres psql -qAt -p "$port" -v ON_ERROR_STOP=1 >/dev/null 2>&1 <<SQL || cannot "the test role could not be made."
SET client_min_messages = error;
DO \$\$ BEGIN CREATE ROLE $name LOGIN PASSWORD '$name'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END \$\$;
SELECT 'CREATE DATABASE $name OWNER $name' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \gexec
SQL
echo "postgresql+psycopg://$name:$name@127.0.0.1:$port/$name"
