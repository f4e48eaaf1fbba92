# Everything a person types. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup run test check bench catalogs language screenshots help-status lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(STAMP) ## Make .venv with the locked packages, and compile the catalogs
	@$(BIN)/python -m portal.catalogs compile

$(STAMP): requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

run: setup ## Serve the portal with demo data on http://127.0.0.1:PORT, worker included
	@PORT=$(PORT) $(BIN)/python -m portal.serve

test: setup ## Run the test suite on SQLite, and on PostgreSQL where it is installed
	@$(BIN)/python -m tests.run

check: setup ## Lint, types, catalogs, templates
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/house
	@$(BIN)/python -m portal.languages

bench: setup ## Measure: one line per figure, as CPU ratios to a baseline of the same run
	@$(BIN)/python -m bench

catalogs: $(STAMP) ## Extract messages, update and compile the catalogs
	@$(BIN)/python -m portal.catalogs

language: setup ## Begin a language, in preparation: make language L=pt
	@test -n "$(L)" || { echo "Say which language, by its code: make language L=pt" >&2; exit 2; }
	@$(BIN)/python -m portal.languages "$(L)"
	@$(BIN)/python -m portal.catalogs compile

screenshots: setup ## Take the pictures of the README and the help in four languages
	@$(BIN)/python -m tests.screenshots

help-status: setup ## Tell which help articles are missing or outdated in which language, and what English changed
	@$(BIN)/python -m flask portal help-status

lock: ## Resolve the packages anew into requirements.lock (needs uv)
	uv pip compile --generate-hashes --no-header --no-annotate --python-version 3.11 \
	  --extra postgres --extra stripe --extra pdf --extra dev pyproject.toml -o requirements.lock

clean: ## Remove what make and the portal have written
	rm -rf $(VENV) var translations/*/LC_MESSAGES/*.mo
