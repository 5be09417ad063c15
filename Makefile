# Each target is one line of work; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
# Processes that the tests are divided over. A file stays in one, for its tests share what is costly to make;
# tests/conftest.py puts the longest files first, and that order is kept.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
export MLFLOW_DISABLE_TELEMETRY := true
export NO_MKDOCS_2_WARNING := 1
export MLFLOW_ALLOW_PICKLE_DESERIALIZATION := false
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test test-all check lock bench bench-peers docs clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'

# Compiled here, once: the tests start `triage` some fifty times, and where PYTHONDONTWRITEBYTECODE is set each of
# those starts would compile the libraries anew, ten seconds a time.
.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	touch $@

demo: .venv/.installed ## The control tower's first day, in the browser (offline)
	$(BIN)/triage demo

test: .venv/.installed ## All tests, PostgreSQL and Chromium included where they can be had
	bash tests/prepare.sh && $(PYTEST)

test-all: .venv/.installed ## The nightly rest too, and new random examples
	bash tests/prepare.sh && $(PYTEST) --hypothesis-profile=new-examples -m "slow or not slow"

check: .venv/.installed ## Style, types, lock file and docs
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright && $(BIN)/python docs/reference.py --check && $(BIN)/mkdocs build --quiet --strict --site-dir site

lock: .venv/.installed ## Renew requirements.lock (hashed, universal, no index address in it)
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --group dev --python-version 3.11 -o requirements.lock

bench: .venv/.installed ## Speed, as ratios in one run
	bash tests/prepare.sh && $(BIN)/python tests/bench.py

.venv-peers/.installed: tests/peers/requirements.txt .venv/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python --requirement tests/peers/requirements.txt
	touch $@

bench-peers: .venv-peers/.installed ## Our forecasts beside statsforecast and mlforecast, in one table (ARGS=--slow for all)
	$(BIN)/python tests/peers/bench_peers.py --python .venv-peers/bin/python $(ARGS)

docs: .venv/.installed ## Write the reference pages and build the site
	$(BIN)/python docs/reference.py && $(BIN)/mkdocs build --strict --site-dir site

clean: ## Remove what demo and tests leave behind
	rm -rf demo site .pytest_cache .ruff_cache .hypothesis
