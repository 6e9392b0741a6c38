# make demo – try it; make test – everything .ci/run checks; make check – formatting, types, layers, dead code; make bench – ratios against peers
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
APT := chromium fonts-noto-cjk fonts-arphic-ukai libreoffice-writer-nogui poppler-utils postgresql
TESTS ?= tests

.PHONY: demo test check docs bench programme links clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making an environment of its own in $(VENV) …"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; } \
	  || { echo "The venv module is missing: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(STAMP): setup.py pyproject.toml | $(BIN)/python
	@echo "Installing youthpilot and what it needs (about a minute) …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(DEV_STAMP): $(STAMP)
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(STAMP)
	@$(BIN)/youthpilot demo

.PHONY: system
system:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=""; for p in $(APT); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	  if [ -n "$$missing" ]; then echo "Installing$$missing"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; fi; fi

# compiled once and kept out of the tree: the tests start hundreds of processes
test programme: export PYTHONDONTWRITEBYTECODE :=
test programme: export PYTHONPYCACHEPREFIX := $(abspath build/pycache)

test: system $(DEV_STAMP)
	@$(BIN)/python -m pytest $(TESTS) -n 2 --dist loadfile -rs

check: $(DEV_STAMP) links
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@cd build/links && $(abspath $(BIN))/mypy --config-file ../../pyproject.toml youthpilot
	@PYTHONPATH=build/links $(BIN)/lint-imports
	@$(BIN)/python .ci/measure_house.py
	@$(BIN)/python .ci/used_names.py && $(BIN)/vulture && $(BIN)/vulture --min-confidence 80 core admin plugins build/used_names.py
	@$(BIN)/python -m pytest tests/docs -n 0

docs: $(DEV_STAMP)
	@$(BIN)/python docs/build.py >/dev/null

links:
	@mkdir -p build/links/youthpilot && for p in core plugins admin templates; do ln -sfn ../../../$$p build/links/youthpilot/$$p; done

bench: system $(DEV_STAMP)
	@$(BIN)/python benchmarks/run.py $(BENCH)

programme: $(DEV_STAMP)
	@$(BIN)/python -m pytest tests -m programme -n 0 --programme -s

clean:
	@rm -rf build dist *.egg-info

.PHONY: shots
shots: $(DEV_STAMP)
	@YOUTHPILOT_HOME=build/shots YOUTHPILOT_TODAY=2023-07-03 $(BIN)/youthpilot demo --no-serve
	@YOUTHPILOT_HOME=build/shots $(BIN)/python tests/browser/shots.py
