# `make demo` and `make test` work as the first command on a machine with Python 3.11 or newer and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first interpreter that is new enough; `make PYTHON=python3.13 …` picks another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ASSET := build/lambda
CODE := infra lambdas examples tests docs bench

.PHONY: help setup demo test test-matrix slow faults guards fuzz bench check format lint types layers synth asset lock picture requirements clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s%s\n", $$1, $$2}'

setup: $(READY) ## create the virtual environment from pinned, hashed packages

$(READY): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed; none was found on PATH" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) $(ASSET) ## the main job, on this machine: from UndefinedColumn to healthy
	$(BIN)/rdspatch demo

test: $(READY) ## the tests
	$(BIN)/pytest -n auto --dist worksteal -m "not slow and not faults_only and not guards"

test-matrix: ## the tests under every Python of MATRIX that is here, on PATH or in pyenv
	@tested=; for version in $(MATRIX); do \
		python=$$(for p in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
			"$$p" -c '' >/dev/null 2>&1 && { echo "$$p"; break; }; done); \
		if [ -z "$$python" ]; then echo "make: Python $$version is not here: skipped"; continue; fi; \
		$(MAKE) --no-print-directory test PYTHON="$$python" VENV=build/matrix/$$version || exit; \
		tested="$$tested $$version"; \
	done; \
	echo "make: tested under Python$$tested"; \
	case "$$tested " in *" $(RUNTIME) "*) ;; *) \
		echo "make: the functions run on Python $(RUNTIME), which is not among them" >&2; exit 1;; esac

MATRIX ?= 3.11 3.12 3.13 3.14
# What infra/functions.py deploys.
RUNTIME = $(shell sed -n 's/^RUNTIME.*PYTHON_3_\([0-9]*\)$$/3.\1/p' infra/functions.py)

slow: $(READY) ## the tests that are left out of `make test`
	$(BIN)/pytest -n auto --dist worksteal -m "slow and not faults_only and not guards"

faults: $(READY) ## every experiment; writes docs/reliability.md
	$(BIN)/pytest -n auto --dist worksteal -m experiment --reliability=docs/reliability.md

guards: $(READY) ## takes each defence of SECURITY.md out of a copy: the test that is named for it has to fail
	$(BIN)/pytest -n auto --dist worksteal -m guards tests/guards

fuzz: $(READY) ## made-up patches, lock files, events, URLs and audits, for SECONDS
	FUZZ_SECONDS=$(SECONDS) $(BIN)/pytest -n0 -m faults_only tests/faults/test_fuzz.py

SECONDS ?= 60

bench: $(READY) $(ASSET) ## measure beside the peers, for about an hour; writes docs/performance.md
	$(BIN)/python -m bench $(BENCH)

check: format lint types layers synth lock ## everything that CI checks beside the tests

format: $(READY)
	$(BIN)/ruff format --check $(CODE)

lint: $(READY)
	$(BIN)/ruff check $(CODE)

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	PYTHONPATH=lambdas $(BIN)/lint-imports

lock: $(READY)
	$(BIN)/rdspatch lint
	$(BIN)/rdspatch lock --check --all

synth: $(READY) $(ASSET) ## synthesize every stage into cdk.out, under the rules of cdk-nag and cfn-lint
	rm -rf cdk.out
	for stage in $$($(BIN)/python -c "import json; print(*json.load(open('cdk.json'))['context']['rdspatch:stages'])"); do \
		CDK_CONTEXT_JSON="{\"stage\": \"$$stage\", \"check\": true}" CDK_OUTDIR=cdk.out/$$stage $(BIN)/python -m infra.app || exit; done
	$(BIN)/cfn-lint 'cdk.out/*/*.template.json'

asset: $(ASSET) ## what ships to Lambda

$(ASSET): $(READY) $(shell find lambdas/rdspatch/core lambdas/rdspatch/engine lambdas/rdspatch/adapters \
		lambdas/rdspatch/handlers lambdas/rdspatch/authoring patches -type f -not -name '*.pyc') lambdas/rdspatch/ports.py
	$(BIN)/rdspatch bundle --out $@
	@touch $@

picture: $(READY) ## draw docs/architecture from its text
	$(BIN)/python docs/architecture/draw.py

requirements: $(READY) ## pin the dependencies again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile $(COMPILE) --python-version 3.11 --extra dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile $(COMPILE) --python-version 3.13 $(AT_RUNTIME) pyproject.toml \
		-o lambdas/rdspatch/authoring/lambda-requirements.txt
	$(BIN)/uv pip compile $(COMPILE) --python-version 3.11 requirements/bench.in -o requirements/bench.txt

COMPILE := --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header
# The Lambda runtime brings these.
AT_RUNTIME := --no-emit-package boto3 --no-emit-package botocore --no-emit-package s3transfer --no-emit-package urllib3

clean: ## remove what was built
	rm -rf $(VENV) build dist cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
