"""Benchmarks are scripts beside the packages, imported from the repository's root."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def benchmark_script() -> Callable[[str], ModuleType]:
    """Imports ``benchmarks/NAME.py``."""
    return lambda name: importlib.import_module(f"benchmarks.{name}")
