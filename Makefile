# Everything a newcomer needs. `make` alone says what there is.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CALLS  ?=
SUITES ?=
MINUTES ?= 30
DEMO_OUT ?= demo-run

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-newer faults fuzz lint format bench services messages constraints clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Haodun needs Python 3.11 or newer: make setup PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(VENV)/.installed  ## a virtual environment with everything

demo: setup  ## a synthetic country, screened and reported; CALLS=path screens your own records
	$(BIN)/haodun demo --out $(DEMO_OUT) $(if $(CALLS),--calls $(CALLS),)

test: setup  ## all tests, two files at a time; those whose program is absent are listed at the end
	$(BIN)/haodun edge warm
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

NEWER = tests
test-newer:  ## the tests again on Python 3.13, where it is present (not those that take long and ask the same there); NEWER="tests/edge …" for some
	@for python in $(HOME)/.pyenv/versions/3.13*/bin/python3 python3.13; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then \
	    $(MAKE) setup VENV=.venv-newer PYTHON="$$python" && \
	      .venv-newer/bin/haodun edge warm && exec .venv-newer/bin/pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m 'not fault and not journey and not matrix and not fuzz and not peer' $(NEWER); \
	    exit 1; \
	  fi; \
	done; echo "Python 3.13 is not here; its run is skipped"

faults: setup  ## kill -9 after each write, fsync and rename, and at each place of an approval; with both kernels (an hour)
	$(BIN)/haodun edge warm
	HAODUN_FAULT_ALL=1 $(BIN)/pytest -m fault
	HAODUN_FAULT_ALL=1 HAODUN_TEST_KERNEL=oracle $(BIN)/pytest -m fault tests/edge tests/faults

fuzz: setup  ## spoilt SIP messages from fresh seeds for MINUTES=30; what fails is kept in fuzz-findings/
	$(BIN)/python -m tests.edge.sip.test_fuzz $(MINUTES) fuzz-findings

lint: setup  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## put the code into the house's format
	$(BIN)/ruff check --fix src tests
	$(BIN)/ruff format src tests

bench: setup  ## measure; prints a table with targets; SUITES="kernel edge" for some
	$(BIN)/haodun bench $(SUITES)

services:  ## the Debian programs that tests speak with (root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk gzip zstd sip-tester kamailio kamailio-extra-modules tshark gettext >/dev/null

messages: setup  ## collect the sentences for translation into English, compile the catalogue (needs gettext)
	$(BIN)/python -m haodun.console.catalogue

constraints: setup  ## write constraints.txt from what is installed
	(echo "# The versions CI runs with. Written by: make constraints"; $(BIN)/python -m pip freeze --exclude-editable) > constraints.txt

clean:  ## remove what make made
	rm -rf $(VENV) .venv-newer demo-run .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
