# The commands of Candid; `make help` lists them.

PORT ?= 8000
BASE_PYTHON ?= python3
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
WHICH_TESTS := $(or $(ARGS),-n auto --maxprocesses 4 --dist worksteal)
SOURCES := config incidents taxonomy reports tests scripts manage.py
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header $(UPGRADE)
ON_SQLITE := env -u DATABASE_URL -u REDIS_URL -u BROKER_URL
AS_IN_PRODUCTION = env -u BROKER_URL CANDID_ENV=production ALLOWED_HOSTS=candid.example.org \
	DATABASE_URL=postgresql://database/candid REDIS_URL=redis://broker:6379/0 \
	SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')

export PORT
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export UV_SYSTEM_CERTS := true
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-sqlite test-postgres test-services check format lock messages screenshots bench load clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: .venv/ok-runtime .venv/ok-locale node_modules/.ok ## Install what running needs; the interpreter is .venv/bin/python

setup-dev: setup .venv/ok-dev ## Install what tests and checks need as well

run: setup ## Start everything on http://127.0.0.1:8000 (or PORT=…); Ctrl+C stops it
	@$(PYTHON) -m config.run

test: setup-dev test-sqlite test-postgres ## Run the whole suite on SQLite and on PostgreSQL; needs no service

test-sqlite: setup-dev ## Run the suite on SQLite
	$(ON_SQLITE) $(PYTEST) --cov $(if $(ARGS),--cov-report= --cov-fail-under=0) $(WHICH_TESTS) $(SQLITE_ARGS)

test-postgres: setup-dev ## Run the suite on the PostgreSQL from a wheel
	$(ON_SQLITE) $(PYTHON) -m tests.on_postgres $(WHICH_TESTS) $(POSTGRES_ARGS)

test-services: setup-dev ## Run the suite on the servers that DATABASE_URL and REDIS_URL name
	@test -n "$$DATABASE_URL" -a -n "$$REDIS_URL" || { echo "Set DATABASE_URL and REDIS_URL."; exit 2; }
	$(PYTEST) $(WHICH_TESTS) $(SERVICES_ARGS)

check: setup-dev ## Lint, format, import contracts, types, templates, Django's checks, migrations
	$(PYTHON) -m ruff check $(SOURCES)
	$(PYTHON) -m ruff format --check $(SOURCES)
	.venv/bin/lint-imports --no-cache
	$(PYTHON) -m mypy
	.venv/bin/djhtml --check --tabwidth 2 templates
	.venv/bin/djlint templates --lint --quiet
	$(PYTHON) manage.py check --fail-level WARNING
	$(AS_IN_PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(PYTHON) manage.py makemigrations --check --dry-run

format: setup-dev ## Put code and templates in their usual form
	$(PYTHON) -m ruff check --fix $(SOURCES)
	$(PYTHON) -m ruff format $(SOURCES)
	.venv/bin/djhtml --tabwidth 2 templates

lock: .venv/ok-uv ## Write the lock files anew; UPGRADE=--upgrade takes newer versions
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) -c requirements/dev.txt requirements/runtime.in -o requirements/runtime.txt
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.txt
	.venv/bin/npm install --package-lock-only

messages: setup-dev ## Bring the catalogues of translations in step with the code
	$(PYTHON) -m scripts.catalogues collect

screenshots: setup-dev ## Take the pictures of docs/screenshots anew; needs Chromium
	$(PYTHON) scripts/screenshots.py

bench: setup-dev ## Measure Candid beside the bare database; SIZE=1000000 for a large study
	$(PYTHON) -m scripts.bench $(if $(SIZE),--size $(SIZE)) $(ARGS)

load: setup-dev ## Submit from many places over a bad network, and compare receipts with the database
	$(PYTHON) -m scripts.bench.load $(ARGS)

clean: ## Remove what set-up and tests left; the data in var/ stay
	rm -rf .venv .tools node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov

# -- How the environment is made --------------------------------------------------------------

.venv/ok-uv: requirements/bootstrap.txt
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Candid needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) BASE_PYTHON=python3.11"; \
		exit 1; }
	@if $(BASE_PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(BASE_PYTHON) -m venv .venv && \
		$(PYTHON) -m pip install -q --disable-pip-version-check --require-hashes -r $<; \
	elif $(BASE_PYTHON) -m pip --version >/dev/null 2>&1; then \
		$(BASE_PYTHON) -m pip install -q --require-hashes --target .tools -r $< && \
		.tools/bin/uv venv -q --allow-existing --python $(BASE_PYTHON) .venv && \
		.tools/bin/uv pip install -q --python $(PYTHON) --require-hashes -r $<; \
	else \
		echo "Python has neither venv nor pip here. On Debian or Ubuntu: apt install python3-venv"; \
		exit 1; \
	fi
	@touch $@

.venv/ok-%: requirements/%.txt .venv/ok-uv
	@echo "Installing $< …"
	@.venv/bin/uv pip install -q --python $(PYTHON) --require-hashes -r $< || \
		$(PYTHON) -m pip install -q --require-hashes -r $<
	@touch $@

# `-m scripts.catalogues` needs no GNU gettext, which a machine may lack.
.venv/ok-locale: $(wildcard locale/*/LC_MESSAGES/*.po) .venv/ok-runtime
	@$(PYTHON) -m scripts.catalogues compile
	@touch $@

node_modules/.ok: package-lock.json package.json .npmrc .venv/ok-runtime
	@echo "Installing the front-end packages …"
	@.venv/bin/npm ci --silent
	@touch $@
