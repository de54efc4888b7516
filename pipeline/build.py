"""``shotloom build``: the stages in order, each skipping what is done; then the books."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operators.aside import ASIDE_SUFFIX
from pipeline.alignment_books import alignment_books
from pipeline.books import STAGE_OF_BOOKS, corpus_books, imbalances
from pipeline.caption_books import caption_books
from pipeline.config import STAGE_SECTIONS, Config, changed_settings, config_yaml, load_config
from pipeline.config_file import ConfigError
from pipeline.corpus_folder import CONFIG, LOCK, MANIFEST, CorpusFolder
from pipeline.films_input import FilmInput
from pipeline.only_one import FolderTakenError, only_one
from pipeline.progress import Reporter
from pipeline.ray_engine import Engine
from pipeline.reference_books import reference_books
from pipeline.stage_books import StageBooks
from pipeline.stages.cut import cut_clips
from pipeline.stages.pack import pack_corpus
from pipeline.stages.run import Run
from pipeline.stages.scan import scan_films
from pipeline.stages.select import select_clips
from pipeline.stages.words import words_of_clips

STAGE_FOLDERS = ("scan", "select", "clips", "annotations")
STAGES = ("scan", "select", "cut", "annotate", "pack")

DONE, BOOKS, USAGE, NO_CLIPS, TOO_MANY_FAILED = 0, 1, 2, 3, 4


class BuildError(RuntimeError):
    """The build cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class BuildOptions:
    until: str = "pack"
    retry_failed: bool = False


def build_corpus(
    films: Sequence[FilmInput], out: Path, config: Config, options: BuildOptions, reporter: Reporter
) -> int:
    """Run the stages up to ``options.until``. Returns the exit code."""
    _refuse_foreign(out)
    out.mkdir(parents=True, exist_ok=True)
    with _only_one_build(out):
        folder = CorpusFolder(str(out.resolve()))
        _remove_leftovers(folder)
        announce_changes(folder, config, reporter)
        text = config_yaml(config).encode()
        if not folder.store.exists(CONFIG) or folder.store.read_bytes(CONFIG) != text:
            folder.store.write_atomic(CONFIG, text)
        with Engine(config.engine) as engine:
            run = Run(folder, config, engine, reporter, options.retry_failed)
            _run_stages(run, films, STAGES.index(options.until))
        return _close(folder, config, options, reporter)


def stored_config(folder: CorpusFolder) -> Config | None:
    """The configuration of the last build; ``None`` when there is none or it is of another version."""
    if not folder.store.exists(CONFIG):
        return None
    try:
        return load_config(Path(folder.path(CONFIG)), [])
    except ConfigError:
        return None


def announce_changes(folder: CorpusFolder, config: Config, reporter: Reporter) -> None:
    """Say which settings differ from the last build's and what that redoes."""
    before = stored_config(folder)
    if before is None:
        return
    for key, old, new in changed_settings(before, config):
        reporter.say(f"changed: {key}: {old} -> {new}")
    first = first_changed_stage(folder, config)
    if first < len(STAGES):
        reporter.say(f"redone where that changes anything: {', '.join(STAGES[first:])}")


def first_changed_stage(folder: CorpusFolder, config: Config) -> int:
    """The number of the first stage whose settings differ from the last build's; ``len(STAGES)`` when none does."""
    before = stored_config(folder)
    if before is None:
        return len(STAGES)
    sections = {key.split(".")[0] for key, _, _ in changed_settings(before, config)}
    return next((n for n, stage in enumerate(STAGES) if sections & set(STAGE_SECTIONS[stage])), len(STAGES))


def _run_stages(run: Run, films: Sequence[FilmInput], last: int) -> None:
    sources = scan_films(run, films)
    if last < 1:
        return
    plans = select_clips(run, sources)
    if last < 2:
        return
    clips = cut_clips(run, plans, sources)
    if last < 3:
        return
    words = words_of_clips(run, clips)
    if last < 4:
        return
    pack_corpus(run, sources, plans, clips, words)


def _close(folder: CorpusFolder, config: Config, options: BuildOptions, reporter: Reporter) -> int:
    last = STAGES.index(options.until)
    books = [stage for stage in corpus_books(folder) if STAGES.index(STAGE_OF_BOOKS[stage.name]) <= last]
    for stage in books:
        reporter.say(books_line(stage))
    captions = caption_books(folder)
    if captions and last >= STAGES.index("annotate"):
        reporter.say(captions.line)
    for looks in (reference_books(folder), alignment_books(folder)):
        if looks and last >= STAGES.index("annotate"):
            reporter.say(looks.line)
    problems = imbalances(books)
    for problem in problems:
        reporter.say(f"the books do not balance: {problem}")
    if problems:
        return BOOKS
    if options.until == "pack" and (not folder.store.exists(MANIFEST) or books[-1].kept == 0):
        reporter.say("no clip came out; `shotloom status` lists the reasons")
        return NO_CLIPS
    worst = max(books, key=lambda stage: stage.failed_share)
    if worst.failed_share > config.limits.failed:
        reporter.say(
            f"{worst.name}: {worst.failed_share:.0%} of {worst.unit} failed, limits.failed allows {config.limits.failed:.0%}"
        )
        return TOO_MANY_FAILED
    return DONE


def books_line(stage: StageBooks) -> str:
    """``select: 12 candidates: 9 kept, 3 dropped (too_short 3)``"""
    parts = [f"{stage.kept} kept"]
    for word, counts in (("dropped", stage.dropped), ("failed", stage.failed)):
        if counts:
            reasons = ", ".join(f"{reason} {number}" for reason, number in counts.most_common())
            parts.append(f"{sum(counts.values())} {word} ({reasons})")
    line = f"{stage.name}: {stage.incoming} {stage.unit}: {', '.join(parts)}"
    return f"{line} (not run since the stage before it changed)" if stage.behind else line


def _remove_leftovers(folder: CorpusFolder) -> None:
    """What killed runs had written aside. Workers of theirs that still live fail at their rename, which is harmless."""
    folder.store.remove_leftovers()
    for name in STAGE_FOLDERS:
        for path in Path(folder.path(name)).rglob(f".*{ASIDE_SUFFIX}"):
            path.unlink(missing_ok=True)


def _refuse_foreign(out: Path) -> None:
    """A build writes README.md and removes old shards, so it goes into a new or empty folder or into its own."""
    if out.exists() and not out.is_dir():
        raise BuildError(f"{out}: is a file; --out names a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / LOCK).exists():
        raise BuildError(f"{out}: holds files that no build made; name a new or empty folder")


@contextmanager
def _only_one_build(out: Path) -> Iterator[None]:
    """Two builds into one folder would race."""
    try:
        with only_one(out / LOCK):
            yield
    except FolderTakenError:
        raise BuildError(f"{out}: another build is writing here; wait for it or end it") from None


def free_bytes(out: Path) -> int:
    existing = next(folder for folder in [out, *out.parents] if folder.exists())
    return shutil.disk_usage(existing).free
