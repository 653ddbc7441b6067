# Every target sets up what it needs: there is nothing to install first but Python and make.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

# The first interpreter that really runs and is new enough; `make PYTHON=... test` names another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.10 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && echo $$p && break; done)

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Touched when the fast tests have passed, beside what they measured: `coverage` reads that
# instead of running them a second time for the same sources.
TESTED := build/tested
export COVERAGE_FILE := build/coverage
SOURCES := pyproject.toml $(shell find seed_core langchain_seed llamaindex_seed tests examples \
	benchmarks -name '*.py' 2>/dev/null)

# `--group` is younger than the pip that comes with older interpreters, so pip comes first.
PIP_INSTALL := -m pip --no-input --disable-pip-version-check install -qq --upgrade
# Snapshots are written by hand (`pytest --inline-snapshot=fix`), never by a run of all tests.
# Two workers on each core: for half of their time tests wait for a clock or for a process.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))
PYTEST := -m pytest --numprocesses=auto --dist=worksteal --inline-snapshot=disable

.PHONY: help demo docs test test-all test-slow test-lowest test-httpx test-matrix check lint types \
	imports coverage bench bench-full fuzz dist soak clean

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Both frameworks at work; canned answers unless a host's key is set
	@$(BIN)/python examples/demo.py

test: $(READY) ## Set up, then run the fast tests
	@mkdir -p build && rm -f $(TESTED)
	$(BIN)/python $(PYTEST) -m "not slow and not live" --cov --cov-report= --cov-fail-under=0
	@touch $(TESTED)

test-all: test-slow test-lowest test-httpx ## The slow tests; the fast ones otherwise than as usual

test-slow: $(READY)
	$(BIN)/python $(PYTEST) -m "slow and not live"

# What sends, over httpx instead of our own transport. tests/core/transport says itself over what it
# sends, tests/faults does both; the frameworks' packages stand above the clients and cannot tell
# one from the other: `make test-httpx SENDING="tests/langchain tests/llamaindex"` shows it.
SENDING := $(wildcard tests/core tests/contract tests/video)

test-httpx: $(READY)
	SEED_TRANSPORT=httpx $(BIN)/python $(PYTEST) -m "not slow and not live" \
		--ignore=tests/core/transport $(SENDING)

# On these Pythons, or on all that are supported and found: `make test-matrix PYTHONS="3.10 3.13"`.
PYTHONS :=

test-matrix: $(READY) ## Lowest and latest dependencies on every Python at hand: half an hour
	$(BIN)/python -m tests.packaging.matrix $(PYTHONS)

soak: $(READY) ## Many calls at once, to a host that fails: what they come to, and what they leave
	$(BIN)/python -m tests.load

check: lint types imports coverage ## Format, lint, types, import contracts, coverage

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	PYTHONPATH=. $(BIN)/lint-imports --no-logo

coverage: $(TESTED)
	$(BIN)/coverage report

$(TESTED): $(SOURCES)
	@$(MAKE) test

bench: .venv-bench/.ready ## The peers, the floor and this project, side by side: ten minutes
	.venv-bench/bin/python -m benchmarks
	.venv-bench/bin/python -m benchmarks.report build/bench.json

bench-full: .venv-bench/.ready ## The same with more rounds and the slowest peers: half an hour
	.venv-bench/bin/python -m benchmarks --full
	.venv-bench/bin/python -m benchmarks.report build/bench.json

fuzz: .venv-fuzz/.ready ## A search for inputs that break a reader, guided by coverage: make SECONDS=60 fuzz
	.venv-fuzz/bin/python -m tests.fuzz --seconds $(or $(SECONDS),20)

# A link or an anchor that leads nowhere ends it.
docs: $(READY) .venv-docs/.ready ## The pages as a site, in build/site
	$(BIN)/python -m tests.examples.site
	.venv-docs/bin/zensical build --strict

# Built by the backend that is installed here, and proved before it may go anywhere.
dist: $(READY) ## The wheel and the source distribution to release, built and proved
	rm -rf dist
	$(BIN)/python -m hatchling build
	$(BIN)/python $(PYTEST) tests/packaging/test_distribution.py tests/packaging/test_installs.py

clean: ## Remove everything that make made
	rm -rf $(VENV) .venv-lowest-* .venv-matrix-* .venv-bench .venv-fuzz .venv-docs build dist .coverage* \
		.cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find seed_core langchain_seed llamaindex_seed tests examples benchmarks -name __pycache__ -type d \
		-prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------- set-up

# Without its dependencies, which are 140 packages of 640 MB; it imports these two of them (and
# six and urllib3, of the group `dev`).
ARK_SDK := "arkruntime>=0.17,<1" "volcenginesdk-ark>=5,<6" "volcenginesdk-core>=5,<6"

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.10 or newer is needed: make PYTHON=/path/to/python"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON): a minute or two, once"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) "pip>=25.1"
	@$(BIN)/python $(PIP_INSTALL) --editable ".[all]" --group dev
	@$(BIN)/python $(PIP_INSTALL) --no-deps $(ARK_SDK) || echo "No Ark SDK: its tests are skipped"
	@touch $@

# The lowest dependencies, one environment for each framework, since one may raise the other's.
# A test that needs more than the group `test` asks for it with pytest.importorskip.
# Readers, the emulator and the doctor have little to do with what is installed; `make test-matrix`
# runs them, too.
LOWEST_CORE := $(wildcard tests/core tests/providers tests/batch)

test-lowest: .venv-lowest-langchain/.ready .venv-lowest-llamaindex/.ready
	.venv-lowest-langchain/bin/python $(PYTEST) -m "not slow and not live" \
		tests/packaging/test_imports.py $(LOWEST_CORE) $(wildcard tests/langchain)
	.venv-lowest-llamaindex/bin/python $(PYTEST) -m "not slow and not live" \
		tests/packaging/test_imports.py $(wildcard tests/llamaindex)

.venv-lowest-%/.ready: pyproject.toml tests/packaging/floors.py $(READY)
	@echo "Setting up .venv-lowest-$* with the lowest dependencies"
	@mkdir -p build
	@$(BIN)/python tests/packaging/floors.py $*,emulator > build/floors-$*.txt
	@test -x .venv-lowest-$*/bin/python || $(PYTHON) -m venv .venv-lowest-$*
	@.venv-lowest-$*/bin/python $(PIP_INSTALL) "pip>=25.1"
	@.venv-lowest-$*/bin/python $(PIP_INSTALL) --editable ".[$*,emulator]" --group test \
		--constraint build/floors-$*.txt
	@touch $@

# An environment apart: some peers need older SDKs than the tests do.
.venv-bench/.ready: pyproject.toml
	@echo "Setting up .venv-bench with the peers"
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python $(PIP_INSTALL) "pip>=25.1"
	@.venv-bench/bin/python $(PIP_INSTALL) --editable ".[all]" --group bench
	@touch $@

# An environment apart: the search is guided by what Python runs, and needs that built for it.
.venv-fuzz/.ready: pyproject.toml
	@echo "Setting up .venv-fuzz"
	@test -x .venv-fuzz/bin/python || $(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/python $(PIP_INSTALL) "pip>=25.1"
	@.venv-fuzz/bin/python $(PIP_INSTALL) --editable ".[all]" --group fuzz
	@touch $@

.venv-docs/.ready: pyproject.toml
	@echo "Setting up .venv-docs with what builds the site"
	@test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/python $(PIP_INSTALL) "pip>=25.1"
	@.venv-docs/bin/python $(PIP_INSTALL) --group docs
	@touch $@
