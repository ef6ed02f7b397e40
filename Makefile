# `make help` lists the targets. Variables: STACK, OPS, PYTHON, VENV,
# TORCH_SPEC, MMCV_CUDA, MAX_JOBS, DEMO_CONFIG, ARGS (docs/install.md explains
# them).
SHELL := /bin/bash
STACK ?= onedl
ifeq ($(STACK),openmmlab)
VENV ?= .venv-openmmlab
else
VENV ?= .venv
endif
DEMO_CONFIG ?= configs/demo/advrain_street-scenes.py
ARGS ?=
PYTEST_ARGS ?= -n 2 --dist loadfile
export STACK VENV

BIN := $(abspath $(VENV))/bin
# run a command in the environment and say how long it took
TIMED = @timed() { local name="$$1" began=$$SECONDS status; shift; \
	PATH="$(BIN):$$PATH" "$$@"; status=$$?; \
	printf '%s: %d min %02d s\n' "$$name" $$(((SECONDS - began) / 60)) \
	$$(((SECONDS - began) % 60)); return $$status; }; timed

.PHONY: help setup attack test lint docs clean clean-env
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
	awk -F ':.*## ' '{ printf "make %-10s %s\n", $$1, $$2 }'

setup: ## make the environment, or reuse it
	@tools/setup_env.sh

# small tensors gain nothing from more threads, and lose to other programs
attack: export OMP_NUM_THREADS ?= 1
attack: setup ## environment, then the attack on the embedded default
	$(TIMED) attack python tools/attack.py $(DEMO_CONFIG) $(ARGS)

# operators are compared with mmcv's compiled ones
test: export OPS = all
test: export OMP_NUM_THREADS ?= 1
test: setup ## environment with all operators, then the tests
	$(TIMED) tests python -m pytest $(PYTEST_ARGS)

lint: setup ## environment and linters, then every check on every file
	@$(BIN)/python -c \
		'import pre_commit, importlinter, mypy, yapf, ruff, interrogate' \
		2>/dev/null || $(BIN)/python -m pip install -q -r requirements/lint.txt
	$(TIMED) lint env PATH="$(BIN):$$PATH" python -m pre_commit run --all-files

docs: setup ## environment and Sphinx, then the site in docs/_build/html
	@$(BIN)/python -m pip install -q -r requirements/docs.txt
	$(TIMED) docs python -W ignore -m sphinx -q -W --keep-going -b html \
		docs docs/_build/html

clean: ## remove caches and builds; keep results and the environment
	rm -rf build dist docs/_build docs/_reference .pytest_cache .mypy_cache .hypothesis
	rm -rf mmadvrain.egg-info
	find mmadvrain tests tools configs projects benchmarks \
		-name __pycache__ -type d -prune \
		-exec rm -rf {} +

clean-env: ## remove the environment; compiled wheels are kept elsewhere
	rm -rf $(VENV) $(VENV).lock
