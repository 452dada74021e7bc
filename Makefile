# What a newcomer types. `make` alone says what there is.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The first Python that is new enough; `make demo PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)

BIN := .venv/bin
TOOLS := .venv/made
LOCKED := .venv/locked
READY := .venv/ready

.PHONY: help demo test check bench matrix lock clean

help: ## say what there is
	@printf 'make ...\n'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(READY) ## start everything and fill it: a destination of 20,000 rooms at http://127.0.0.1:8000
	@exec $(BIN)/omd demo

test: $(READY) ## run the whole suite (TESTS=tests/unit runs a part)
	@$(BIN)/pytest -n 2 $(TESTS)

check: $(READY) ## run everything that reads the code: ruff, mypy, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## measure the speed beside bare SQL (SCALE=10 for ten times the rooms)
	@SCALE=$${SCALE:-1} $(BIN)/python -m bench

matrix: $(READY) ## ask every operation as everybody and write docs/security/matrix.md
	@$(BIN)/pytest -q tests/contract/test_matrix.py --write-matrix

lock: $(READY) ## choose the newest versions again and write requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

clean: ## remove the environment (the data in .omd stays)
	rm -rf .venv

# Each step leaves a stamp inside the environment, so that it runs again only when what it reads has changed.
$(TOOLS):
	@if [ -z '$(PYTHON)' ]; then \
		echo 'No Python 3.11 or newer was found (tried python3, python3.13, python3.12, python3.11).' >&2; \
		echo 'Install one, or name it: make PYTHON=/path/to/python' >&2; exit 1; fi
	@echo 'Making the environment in .venv with $(PYTHON)'
	@$(PYTHON) -m venv .venv || { \
		echo 'Python could not make an environment. On Debian and Ubuntu install the package python3-venv.' >&2; \
		rm -rf .venv; exit 1; }
	@touch $@

$(LOCKED): requirements.lock $(TOOLS)
	@echo 'Installing the locked packages'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(READY): pyproject.toml $(LOCKED)
	@echo 'Installing omd itself'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
