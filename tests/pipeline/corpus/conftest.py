"""Real films, real builds through the installed command."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from operators.sample_films.films import render_sample_films

Command = Callable[..., subprocess.CompletedProcess[str]]

FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1"]
"""Without the network a scan costs a tenth; the films' cuts are plain."""


@pytest.fixture(scope="session")
def shotloom() -> Command:
    """``shotloom("build", films, "--out", out)`` as a process of its own."""
    command = Path(sys.executable).with_name("shotloom")

    def run(*arguments: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(command), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sample films in a folder called ``films``."""
    folder = tmp_path_factory.mktemp("rendered") / "films"
    render_sample_films(folder, ["01-quiet-morning", "04-night-garage"])
    return folder


@pytest.fixture(scope="session")
def another_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (film,) = render_sample_films(tmp_path_factory.mktemp("another"), ["02-launch"])
    return film


@pytest.fixture(scope="session")
def built(shotloom: Command, films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of ``films``; read only: tests that change it take ``corpus``."""
    out = tmp_path_factory.mktemp("built") / "corpus"
    done = shotloom("build", films, "--out", out, *FAST)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def corpus(built: Path, tmp_path: Path) -> Path:
    """A copy of the built corpus, with its modification times."""
    return Path(shutil.copytree(built, tmp_path / "corpus"))


@pytest.fixture(scope="session")
def checksums() -> Callable[[Path], dict[str, str]]:
    """``{name: sha256}`` of the files under a folder."""

    def of(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return of


@pytest.fixture(scope="session")
def times() -> Callable[[Path], dict[str, int]]:
    """``{name: modification time}`` of the files under a folder."""

    def of(folder: Path) -> dict[str, int]:
        return {
            path.relative_to(folder).as_posix(): path.stat().st_mtime_ns
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return of
