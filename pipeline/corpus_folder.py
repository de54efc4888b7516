"""Names of everything under a corpus folder, and the rows of its stage tables."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from formats.clip_plan import ClipPlan, MadeClip
from formats.exact_time import FrameRange
from formats.filesystem import CorpusStore
from formats.film_scan import FoundTransition, Record
from formats.ledger import Verdict
from pipeline.stage_table import StageTable

LOCK = ".shotloom.lock"
CONFIG = "config.yaml"
MANIFEST = "manifest.parquet"
CARD = "README.md"
BARS = "select/bars.json"
LAYOUT = "shards/layout.json"


class SourceRow(Record):
    """Scan's table: one row per file that was named, whatever became of it. ``path`` as ``stored_path`` writes it."""

    path: str
    uri: str
    bytes: int
    mtime_ns: int
    sha256: str
    license: str
    attribution: str
    url: str
    split: str
    metadata: str
    duplicate_of: str
    artifact: str
    frames: int
    fps: str
    vfr: bool
    duration: float
    seconds: float
    verdict: Verdict


class FilmTransitionRow(Record):
    """Select's transitions: accepted ones, and the cuts that stitching judged false."""

    sha256: str
    transition: FoundTransition
    similarity: float | None
    verdict: Verdict


class FilmLinkRow(Record):
    """Select's borders between neighbouring shots, and whether stitching linked them."""

    sha256: str
    after_shot: int
    frames: FrameRange
    transition: FoundTransition | None
    similarity: float | None
    returned: float | None = None
    verdict: Verdict


class FilmShotRow(Record):
    """Select's shots, in film order. Kept: part of the candidate named in ``candidate``."""

    sha256: str
    shot: int
    run: FrameRange
    frames: FrameRange
    candidate: str
    verdict: Verdict


class SelectedFilmRow(Record):
    """Select's films: which are in its other tables, and from which file of ``select/films``."""

    sha256: str
    artifact: str
    shots: int
    candidates: int


class StoredCandidateRow(Record):
    """Select's candidates, before anything is decided. ``seconds`` and ``shots`` are those of the clip."""

    key: str
    sha256: str
    shots: int
    seconds: float
    plan: ClipPlan
    similarities: tuple[float, ...]
    scores: dict[str, float]
    hashes: tuple[str, ...]


class DecisionRow(Record):
    """What was decided about each candidate, in the order of the table of candidates. Kept: to be cut."""

    key: str
    sha256: str
    split: str
    verdict: Verdict


class ClipRow(Record):
    """Cut's table: one row per kept candidate. ``artifact`` is the clip's path without its suffix."""

    key: str
    artifact: str
    seconds: float
    made: MadeClip | None
    verdict: Verdict


class AnnotationRow(Record):
    """Annotate's table: one row per clip that was cut. The counts are of what a model was asked; ``faults`` are those of
    its answers, as ``"retried:refused"`` and how often. ``passing``: what made it fail may be over at the next run.
    """

    key: str
    artifact: str
    seconds: float
    verdict: Verdict
    passing: bool = False
    asks: int = 0
    retries: int = 0
    pictures: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    measured: int = 0
    faults: dict[str, float] = Field(default_factory=dict)


class LookRow(Record):
    """One clip of annotate's further tables, of what is done to clips that have their words. ``artifact`` is the path of what was
    written, without suffix. ``passing``: as in ``AnnotationRow``."""

    key: str
    artifact: str
    seconds: float
    verdict: Verdict
    passing: bool = False


class ReferenceRow(LookRow):
    """Where reference images are wanted: one row per annotated clip, with the counts of ``captioning/references/stored.py``."""

    two_names: int = 0
    subjects: int = 0
    found: int = 0
    masks: int = 0
    pictures: int = 0
    missing: dict[str, float] = Field(default_factory=dict)


class AlignmentRow(LookRow):
    """Where words are scored against pictures: one row per annotated clip. ``shots`` that were scored, and of their scores the
    ``lowest`` and the ``mean``; zeros where none was."""

    shots: int = 0
    lowest: float = 0.0
    mean: float = 0.0


class PackedRow(Record):
    """Pack's table: one row per clip that was annotated and, where these are wanted, has its reference images and its scores."""

    key: str
    shard: str
    verdict: Verdict


class CorpusFolder:
    """One corpus. Paths below are names within its store."""

    def __init__(self, root: str) -> None:
        self.store = CorpusStore(root)
        self.root = Path(root)
        self.sources = StageTable(self.store, "scan/sources.parquet", SourceRow)
        self.transitions = StageTable(self.store, "select/transitions.parquet", FilmTransitionRow)
        self.links = StageTable(self.store, "select/links.parquet", FilmLinkRow)
        self.shots = StageTable(self.store, "select/shots.parquet", FilmShotRow)
        self.selected_films = StageTable(self.store, "select/films.parquet", SelectedFilmRow)
        self.candidates = StageTable(self.store, "select/candidates.parquet", StoredCandidateRow)
        self.decisions = StageTable(self.store, "select/decisions.parquet", DecisionRow)
        self.clips = StageTable(self.store, "clips/clips.parquet", ClipRow)
        self.annotations = StageTable(self.store, "annotations/annotations.parquet", AnnotationRow)
        self.references = StageTable(self.store, "annotations/references.parquet", ReferenceRow)
        self.alignment = StageTable(self.store, "annotations/alignment.parquet", AlignmentRow)
        self.packed = StageTable(self.store, "shards/packed.parquet", PackedRow)

    def path(self, name: str) -> str:
        """Where a child process finds or writes ``name``. Raises ``ValueError`` for a store that is no folder of this machine."""
        path = self.store.local_path(name)
        if path is None:
            raise ValueError(f"{self.root}: films can only be worked on in a local folder so far")
        return path.as_posix()


def stored_path(path: str) -> str:
    """A path as text that any table can hold: names that are no UTF-8 as ``bytes:`` and hex digits."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "bytes:" + os.fsencode(path).hex()
    return path


def real_path(stored: str) -> str:
    """The path that ``stored_path`` wrote."""
    return os.fsdecode(bytes.fromhex(stored.removeprefix("bytes:"))) if stored.startswith("bytes:") else stored


def film_artifact(sha256: str, fingerprint: str) -> str:
    """Scan's files of one film, without suffix: ``.json``, ``.signals.parquet``, ``.jpg``, ``.1.jpg`` ...; with
    a learned embedder ``.embeddings.parquet``."""
    return f"scan/films/{sha256[:2]}/{sha256[:16]}.{fingerprint[:16]}"


def selection_artifact(sha256: str, fingerprint: str) -> str:
    """Select's file of one film."""
    return f"select/films/{sha256[:2]}/{sha256[:16]}.{fingerprint[:16]}.json"


def clip_artifact(key: str, fingerprint: str) -> str:
    """A clip's files, without suffix: ``.mp4`` and ``.json``."""
    return f"clips/{key[:2]}/{key}.{fingerprint[:16]}"


def annotation_artifact(key: str, fingerprint: str) -> str:
    return f"annotations/{key[:2]}/{key}.{fingerprint[:16]}.json"


def look_artifact(key: str, fingerprint: str, part: str) -> str:
    """What was found of a clip that had its words, without suffix. ``references``: ``.zip``, and ``.json`` which says what the
    images are; ``alignment``: ``.json``."""
    return f"annotations/{key[:2]}/{key}.{fingerprint[:16]}.{part}"
