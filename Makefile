# Kohtaanto. `make` lists the targets; each sets up what it needs.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.complete
MANIFEST := dbt_project/target/manifest.json
DBT_FILES := $(shell find dbt_project -path dbt_project/target -prune -o -type f \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \) -print)
CLIENTS := 1.2.2 2.0.0
LOCKED := --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help setup mart ui test browser check format lock bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) $(MANIFEST) ## make .venv/ with everything pinned, and prepare the dbt manifest

$(STAMP): requirements-dev.txt pyproject.toml $(wildcard tests/clients/*.txt)
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "setup: $(PYTHON) with venv is needed. On Debian: apt-get install -y python3-venv" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(LOCKED) -r requirements-bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python $(LOCKED) --compile-bytecode -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	for version in $(CLIENTS); do $(BIN)/uv pip install --quiet --python $(BIN)/python $(LOCKED) \
		--target .clients/duckdb-$$version -r tests/clients/duckdb-$$version.txt || exit 1; done
	@touch $@

$(MANIFEST): $(STAMP) $(DBT_FILES)
	$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project
	@touch $@

mart: setup ## run the main job on the bundled synthetic sample, to a published release
	$(BIN)/kohtaanto run

ui: setup ## open the Dagster UI on 127.0.0.1:3000
	$(BIN)/kohtaanto ui

test: setup browser ## run all tests
	$(BIN)/python -m pytest

browser: ## install Chromium, in which the UI is tested; as root on Debian only
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; apt-get -qq update \
		&& apt-get -qq install -y --no-install-recommends chromium chromium-driver >/dev/null \
		|| echo "browser: Chromium could not be installed; the tests of the UI are skipped" >&2; \
	else echo "browser: the tests of the UI are skipped. On Debian: apt-get install -y chromium chromium-driver" >&2; fi

check: setup ## format, lint, layers, types and unit tests, in about two minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit

format: setup ## put the code into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## pin the dependencies of pyproject.toml anew, with hashes and without index addresses
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header \
		pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-annotate --no-header --all-extras \
		--constraint requirements.txt pyproject.toml --output-file requirements-dev.txt

bench: setup ## measure: parse and land beside other libraries, in one run
	$(MAKE) -C benchmarks

clean: ## delete everything that a target has made, data included
	rm -rf $(VENV) .clients data dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .pytest_cache
