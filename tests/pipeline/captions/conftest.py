"""A corpus of clips whose pictures carry numbers, cut and not yet described."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from captioning.stored_annotation import StoredAnnotation, read_stored
from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.manifest import open_clip, read_manifest
from tests.numbered_film import write_numbered

FILMS, SHOTS, FRAMES = 5, 3, 18
CUT = ["--set", "scan.network=none", "--set", "filter.duration.min=1", "--set", "stitch.band.min=0"]


def number_of(film: int, shot: int) -> int:
    return 16 * film + shot + 1


class Corpus:
    """``films`` and the corpus built of them at ``out``."""

    def __init__(self, films: Path, out: Path) -> None:
        self.films = films
        self.out = out

    def arguments(self, *settings: str) -> list[str]:
        chosen = [part for setting in settings for part in ("--set", setting)]
        command = str(Path(sys.executable).with_name("shotloom"))
        return [command, "build", str(self.films), "--out", str(self.out), *CUT, *chosen]

    def build(self, *settings: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.arguments(*settings), capture_output=True, text=True, timeout=timeout, check=False)

    def records(self) -> list[ClipRecord]:
        store = CorpusStore(self.out)
        return [open_clip(store, row).record for row in read_manifest(store)]

    def annotations(self) -> dict[str, StoredAnnotation]:
        """By the clip's key."""
        return {p.name.split(".")[0]: read_stored(p.read_bytes()) for p in self.out.glob("annotations/*/*.json")}

    def report(self) -> str:
        command = [str(Path(sys.executable).with_name("shotloom")), "report", str(self.out)]
        subprocess.run(command, capture_output=True, check=True)
        return next(self.out.glob("report/*.html")).read_text()

    def status(self) -> dict[str, Any]:
        command = [str(Path(sys.executable).with_name("shotloom")), "status", str(self.out), "--json"]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return {"captions": told.get("captions"), **{stage["stage"]: stage for stage in told["stages"]}}


def numbers_of(record: ClipRecord) -> list[int]:
    """What the pictures of each of its shots carry."""
    film = int(Path(record.source.uri).stem.removeprefix("film"))
    return [number_of(film, shot.source_frames[0] // FRAMES) for shot in record.shots]


def assert_own_words(record: ClipRecord) -> None:
    """Every caption speaks of the numbers in its own shot, the story's of all and of no other."""
    numbers = numbers_of(record)
    told = {c.shot: c.text for c in record.captions if c.kind in ("shot", "summary")}
    for shot, number in enumerate(numbers):
        assert f"the number {number} " in told[shot], (record.key, shot)
    assert f"the number {'-'.join(map(str, numbers))} " in told[-1], record.key


@pytest.fixture(scope="session")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("numbered")
    for film in range(FILMS):
        write_numbered(folder / "films" / f"film{film}.mp4", [(number_of(film, shot), FRAMES) for shot in range(SHOTS)])
    corpus = Corpus(folder / "films", folder / "corpus")
    done = subprocess.run([*corpus.arguments(), "--until", "cut"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return corpus


@pytest.fixture
def corpus(numbered: Corpus, tmp_path: Path) -> Corpus:
    """A copy, to be captioned."""
    return Corpus(numbered.films, Path(shutil.copytree(numbered.out, tmp_path / "corpus")))


@pytest.fixture(scope="session")
def own_words() -> Callable[[ClipRecord], None]:
    return assert_own_words


@pytest.fixture(scope="session")
def numbers() -> Callable[[ClipRecord], list[int]]:
    return numbers_of


@pytest.fixture(scope="session")
def times() -> Callable[[Path], dict[str, int]]:
    """``{name: modification time}`` of the files under a folder."""
    return lambda folder: {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def served() -> Callable[..., list[str]]:
    """The settings that ask ``urls``."""

    def settings(*urls: str, more: tuple[str, ...] = ()) -> list[str]:
        model = ["captions.backend=server", "captions.models.clip={id: test/model, revision: abc, license: MIT}"]
        limits = [
            "engine.captions.request_seconds=6",
            "engine.captions.in_flight=8",
            f"engine.captions.endpoints={list(urls)}",
        ]
        return [*model, *limits, *more]

    return settings
