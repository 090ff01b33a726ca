# Everything is done through these targets; `make` alone lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Passed on: make serve ARGS="--port 9000", make test PYTEST_ARGS="-k connix"
ARGS ?=
PYTEST_ARGS ?= -n 3 --dist loadfile --no-loadscope-reorder

# Nothing outside the checkout is touched: caches and temporary files live in the environment.
export PIP_CACHE_DIR ?= $(CURDIR)/$(VENV)/cache/pip
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Without compiled files each of the hundreds of processes that tests start would compile all.
unexport PYTHONDONTWRITEBYTECODE
INSIDE = TMPDIR=$(CURDIR)/$(VENV)/tmp GOCACHE=$(CURDIR)/$(VENV)/cache/go \
         GOPATH=$(CURDIR)/$(VENV)/go npm_config_cache=$(CURDIR)/$(VENV)/cache/npm
PYTEST = $(INSIDE) $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help serve test check lint types docs bench peers fuzz soak wheel clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serve ## install what is missing, then start the APIs and the status page
	@$(BIN)/python -m failwell.cli serve $(ARGS)

test: $(VENV)/.test ## run every test; ends with a list of what was skipped and why
	@$(PYTEST) $(PYTEST_ARGS)

check: lint types test ## what has to pass before a change is handed in

lint: $(VENV)/.test ## style, formatting and docstrings
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check --quiet . || \
		{ echo "not formatted; mend it with: $(BIN)/ruff format ." >&2; exit 1; }

types: $(VENV)/.test ## mypy, strict
	@$(BIN)/python -m mypy

docs: $(VENV)/.test ## check the documentation: links, examples, a page for everything
	@$(PYTEST) tests/test_documented.py

bench: $(VENV)/.test ## compare with bare libraries on this machine; prints ratios
	@$(BIN)/python -m benchmarks $(ARGS)

peers: $(VENV)/peers/.done ## our client and others against one hostile server; prints a table
	@$(INSIDE) $(BIN)/python -m benchmarks.peers --python $(VENV)/peers/bin/python $(ARGS)

fuzz: $(VENV)/.test ## the searching tests with many more examples (an hour)
	@$(PYTEST) -m "hypothesis or fuzz" --hypothesis-profile=fuzz --timeout=7200 $(PYTEST_ARGS)

soak: $(VENV)/.test ## ten minutes of mixed load on a real server
	@SOAK_SECONDS=$${SOAK_SECONDS:-600} $(PYTEST) -m soak --timeout=7200 -s

wheel: $(VENV)/.test ## build dist/*.whl
	@$(INSIDE) $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove the environment and every cache (not ./var, your data)
	@rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp older than pyproject.toml means: the requirements may have changed, install again.
$(VENV)/.serve: pyproject.toml | $(BIN)/python
	@echo "Installing failwell into $(VENV) (once, about a minute) ..."
	@mkdir -p $(VENV)/tmp
	@$(INSIDE) $(BIN)/python -m pip install --quiet -e '.[serve]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "Installing failwell and its tests into $(VENV) (once, about two minutes) ..."
	@mkdir -p $(VENV)/tmp
	@$(INSIDE) $(BIN)/python -m pip install --quiet -e '.[test]'
	@touch $@ $(VENV)/.serve

# The clients that ours is compared with live apart from everything else.
$(VENV)/peers/.done: benchmarks/peers/requirements.txt | $(VENV)/.test
	@echo "Installing the other clients into $(VENV)/peers (once, about a minute) ..."
	@$(BIN)/python -m venv $(VENV)/peers
	@$(INSIDE) $(VENV)/peers/bin/python -m pip install --quiet -r $<
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Failwell needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "no virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
