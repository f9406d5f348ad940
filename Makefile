# The entry points of Grapevine. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

BIN := .venv/bin
# Processes the tests run in, and the share of lines and branches they must reach.
WORKERS ?= 2
COVERAGE ?= 90

.PHONY: help setup dev demo test test-sqlite soak bench picture lint format types lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv with what Grapevine runs on
	@scripts/setup.sh run

dev: ## Make .venv with what is needed to change and test it as well
	@scripts/setup.sh dev

demo: setup ## Try it here and now: a throw-away network to talk to
	@$(BIN)/grapevine demo

test: lint types ## Check everything: style, types, tests on SQLite and PostgreSQL, coverage
	@$(BIN)/pytest -n $(WORKERS) -m 'not soak' --cov --cov-report=term --cov-fail-under=$(COVERAGE)

test-sqlite: dev ## Run the tests on SQLite only, the quick way while changing things
	@$(BIN)/pytest -n $(WORKERS) -m 'not postgres and not soak'

soak: dev ## Run the long fault tests, which take about half an hour
	@$(BIN)/pytest -m soak

lint: dev ## Check style and layout
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo 'Some files are not formatted: run "make format".'; exit 1; }

bench: dev ## Measure the README's figures on communities of your own: make bench DATA=FOLDER
	@test -n "$(DATA)" || { echo 'Name the folder that holds the communities: make bench DATA=FOLDER'; exit 2; }
	@$(BIN)/python -m benchmarks.figures "$(DATA)"

picture: setup ## Draw docs/conversation.svg, the README's conversation, anew
	@$(BIN)/grapevine picture docs/conversation.chat docs/conversation.svg

format: dev ## Put the files into shape
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

types: dev ## Check the types
	@$(BIN)/mypy

lock: ## Write the lock files anew after a change in pyproject.toml (UPGRADE=1: newest versions)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Remove all that was made here: .venv, tools, caches
	@rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* \
		build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
