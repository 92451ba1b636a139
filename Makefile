# Boomerang. `make` lists what there is; `make nightly` and `make test` set up whatever is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BOOMERANG_HOME ?= $(CURDIR)/data
export BOOMERANG_HOME

.PHONY: help setup nightly test check up down bench docs lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

# One environment, installed with hashes, compiled once; nothing is set up again until a lock changes.
$(INSTALLED): requirements-bootstrap.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v == (3, 11) else f"Boomerang needs Python 3.11, this is {v[0]}.{v[1]}: set PYTHON=/path/to/python3.11")'
	@echo "Setting up $(VENV) (once, a minute or two) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --system-certs --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --system-certs --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(INSTALLED) ## Set up what is missing

nightly: $(INSTALLED) ## Run the nightly DAG through Airflow on the sample sources and publish a release
	@$(BIN)/python -m boomerang.orchestration.nightly

test: $(INSTALLED) ## Run every test
	@$(BIN)/python -m pytest

check: $(INSTALLED) ## Linters and types: Python, YAML, SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/yamllint --strict .
	@cd dbt_project && ../$(BIN)/sqlfluff lint --disable-progress-bar models tests

up: $(INSTALLED) ## Start Airflow's scheduler and UI on this home
	@$(BIN)/boomerang-airflow up

down: $(INSTALLED) ## Stop it
	@$(BIN)/boomerang-airflow down

bench: $(INSTALLED) ## Measure against hand-written SQL
	@$(BIN)/python -m benchmarks.run

docs: $(INSTALLED) ## dbt's documentation of every model and column
	@$(BIN)/boomerang docs

lock: ## Resolve the dependencies anew
	@$(BIN)/uv pip compile --system-certs pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	@awk '/^uv==/{on=1} on&&/^[^ ]/&&!/^uv==/{on=0} on&&!/^ *#/' requirements.lock > requirements-bootstrap.lock

clean: ## Remove the environment and caches (never the home)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dbt_project/target
