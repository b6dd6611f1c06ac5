# Every target does its own set-up. On a fresh machine: CPython 3.11 or 3.12 with venv and headers, make, a C compiler.
VENV := .venv
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PAGES := tests/browser/node_modules/.package-lock.json
# A distribution builds its interpreter with profile-guided optimisation, which others may lack: it is tried first.
SUITS := import os, sys, sysconfig, venv, ensurepip; \
	sys.exit(not ((3,11) <= sys.version_info[:2] < (3,13) and os.path.exists(sysconfig.get_path("include") + "/Python.h")))
PYTHON := $(shell for p in /usr/bin/python3.11 /usr/bin/python3.12 python3.11 python3.12 python3; do \
	$$p -c '$(SUITS)' >/dev/null 2>&1 && { command -v $$p; break; }; done)
HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT

.PHONY: help run test check golden messages bench bench-check bench-workers setup lock vendor clean
help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/'

setup: $(DEV) ## Create .venv with everything, from the lock files

$(RUNTIME): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Needs CPython 3.11 or 3.12 (durable-rules does not import on 3.13) with venv and headers (Debian: apt-get install python3 python3-venv python3-dev). Another one: make PYTHON=..."; exit 1; }
	@command -v cc >/dev/null || { echo "Needs a C compiler to build durable-rules: install gcc (Debian: apt-get install gcc python3-dev)."; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing (first time about a minute) ..."
	CPPFLAGS='-O2 -fwrapv' $(VENV)/bin/pip install -q --disable-pip-version-check -r requirements.lock
	$(VENV)/bin/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $(RUNTIME)

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo "Installing what the tests need (first time about a minute) ..."
	CPPFLAGS='-O2 -fwrapv' $(VENV)/bin/pip install -q --disable-pip-version-check -r requirements-dev.lock
	@touch $(DEV)

# What the browser tests load into pages. Without npm they are skipped with that reason, except in CI.
$(PAGES): tests/browser/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/browser && touch $@; \
	else echo "npm is not installed: some browser tests will be skipped (Debian: apt-get install npm)."; fi

run: $(RUNTIME) ## Start the service with the synthetic patients (HOST, PORT)
	@TRIAL_HOOKS_DEMONSTRATION=1 $(VENV)/bin/trial-hooks serve

lock: ## Write the lock files anew from pyproject.toml, in an empty environment
	rm -rf .lock && $(PYTHON) -m venv .lock
	CPPFLAGS='-O2 -fwrapv' .lock/bin/pip install -q --disable-pip-version-check .
	.lock/bin/pip freeze --exclude trial-hooks > requirements.lock
	CPPFLAGS='-O2 -fwrapv' .lock/bin/pip install -q --disable-pip-version-check ".[dev]"
	.lock/bin/pip freeze --exclude trial-hooks > requirements-dev.lock
	rm -rf .lock

test: setup $(PAGES) ## Run every test
	$(VENV)/bin/python -m pytest -n 2

check: setup ## Formatting, lint, types, import contracts, trial packs
	$(VENV)/bin/ruff format --check rules cds hooks tests
	$(VENV)/bin/ruff check rules cds hooks tests
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/trial-hooks trials check

golden: setup ## Write golden files and readings anew; review the diff
	UPDATE_GOLDEN=1 $(VENV)/bin/python -m pytest

messages: setup ## Bring the catalogues of other languages up to date with the code; translate what is empty
	$(VENV)/bin/python -m tests.language.extracting

bench: setup ## Measure against reference servers on this machine; writes docs/performance.md
	$(VENV)/bin/python -m bench

bench-check: setup ## Has anything become slower? About a minute
	$(VENV)/bin/python -m bench.check

bench-workers: setup ## Measure 1, 2 and 4 worker processes against PostgreSQL; writes docs/scaling.md
	$(VENV)/bin/python -m bench.workers

vendor: setup ## Fetch the pages' third-party scripts anew, as hooks/workbench/static/vendor/lock.json pins them
	$(VENV)/bin/python -m tests.browser.vendor

clean: ## Remove the environment
	rm -rf $(VENV)
