from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import photograph_packages
from benchmarks.photograph_packages import LONGEST_SIDE, PACKAGES, Package, fetch_photographs, photograph_file

PICTURE = cv2.imencode(".png", np.full((40, 2 * LONGEST_SIDE, 3), 90, np.uint8))[1].tobytes()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """Stands in for Debian's commands: an archive is an empty file, and unpacks to the one picture of the one package."""
    monkeypatch.setattr(photograph_packages, "PACKAGES", (Package("views", "1.0", "usr/share", ("a.png", "b/c.png")),))
    monkeypatch.setattr(photograph_packages, "COUNT", 2)
    monkeypatch.setattr(photograph_packages, "PICTURES_SHA256", hashlib.sha256(2 * PICTURE).hexdigest())
    commands: list[list[str]] = []

    def run(command: list[str], *, cwd: Path, check: bool) -> None:
        commands.append(command)
        if command[0] == "apt-get":
            (cwd / "views_1.0_all.deb").touch()
            return
        for picture in ("a.png", "b/c.png"):
            path = cwd / "unpacked" / "usr/share" / picture
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PICTURE)

    monkeypatch.setattr(subprocess, "run", run)
    yield commands


def test_pictures_of_the_pinned_version_are_kept_small_and_fetched_once(asked: list[list[str]], tmp_path: Path) -> None:
    fetch_photographs(tmp_path)
    fetch_photographs(tmp_path)
    assert [command[-1] for command in asked] == ["views=1.0", "unpacked"]
    sizes = [cv2.imread(str(photograph_file(tmp_path, number))).shape for number in range(2)]
    assert sizes == [(20, LONGEST_SIDE, 3)] * 2


def test_other_pictures_than_the_pinned_ones_are_refused_and_not_kept(
    asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photograph_packages, "PICTURES_SHA256", "0" * 64)
    with pytest.raises(ValueError, match="pinned"):
        fetch_photographs(tmp_path)
    assert list(tmp_path.glob("*.png")) == []


def test_no_picture_is_named_twice() -> None:
    every = [f"{package.folder}/{picture}" for package in PACKAGES for picture in package.pictures]
    assert len(every) == len(set(every)) == photograph_packages.COUNT
