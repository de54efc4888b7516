# Needs Python 3.11 or newer, git and make; no system package.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test test-slow test-browser check format clean

setup: $(READY)

# torch first and by exact version: an open range would bring several gigabytes of CUDA packages.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "torch==$$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' constraints.txt)"
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $(READY)

demo: $(READY)
	$(BIN)/shotloom sample-films demo/films
	$(BIN)/shotloom build demo/films --out demo/corpus
	$(BIN)/shotloom report demo/corpus

test: $(READY)
	$(BIN)/python -m pytest -m "not slow and not browser"

test-slow: $(READY)
	$(BIN)/python -m pytest -m "slow and not browser"

test-browser: $(READY)
	@if [ -n "$$CI" ] && ! command -v chromium >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium; fi
	$(BIN)/python -m pytest -m browser

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf demo .pytest_cache .mypy_cache .ruff_cache
