# Habits of the project. `make` alone lists them.
PYTHON ?= python3
STACK ?= dev
VENV := .venv/bin
RUN := $(VENV)/python

export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: lint
lint: ## check the code: ruff and strict types
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/basedpyright

.PHONY: format
format: ## format the code and fix what can be fixed safely
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .
