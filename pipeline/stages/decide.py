"""Decides over all candidates of the corpus, in columns: a changed limit costs seconds, whatever the number of films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from formats.film_scan import Record
from formats.selection import CorpusBars, SplitName
from operators.decisions.balance import FilmTags
from operators.decisions.candidate_columns import CandidateColumns, candidate_columns, tag_codes_of
from operators.decisions.decide import Corpus, Standing, decide, read_scores
from operators.decisions.duplicate_drop import DuplicatePairs
from operators.splits import assign_splits
from pipeline.balance_tags import balance_tags, balance_tags_hash
from pipeline.corpus_folder import BARS, CorpusFolder, SourceRow
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.stages.film_candidates import candidates_fingerprint
from pipeline.stages.run import Run

_READ = ("key", "sha256", "seconds", "shots", "scores")
_REPEATING = ("sha256", "scores.key_value.key")


class StoredBars(Record):
    """What was read off the whole corpus, and the settings it belongs to."""

    settings: str
    bars: CorpusBars


def decide_candidates(run: Run, films: Sequence[SourceRow], duplicates: tuple[DuplicatePairs, ...], found: str) -> bool:
    """Bring the table of decisions up to date. ``duplicates``: near-duplicates by each measure of them; ``found``: their
    fingerprint. Returns whether anything had to be decided."""
    folder, settings = run.folder, decisions_fingerprint(run)
    listed = sorted((row.sha256, row.split, row.metadata) for row in films)
    whole = f"{settings}:{fingerprint(folder.candidates.fingerprint(), found, listed)}"
    if folder.decisions.fingerprint() == whole and folder.decisions.intake() == folder.candidates.fingerprint():
        return False
    candidates = _with_tags(
        candidate_columns(folder.candidates.columns(_READ, _REPEATING), read_scores(run.config.filter)), run
    )
    earlier = _earlier_decisions(run, settings)
    splits = _splits(run, films, candidates, duplicates, earlier)
    standing = _standing(folder, candidates, splits, earlier)
    film_rows = {row.sha256: row for row in films}
    tags = FilmTags(
        split=tuple(splits[sha] for sha in candidates.films),
        metadata=tuple(film_rows[sha].metadata for sha in candidates.films),
    )
    decided = decide(Corpus(candidates, tags, duplicates), run.config.filter, standing)
    verdicts = decided.sheet.verdicts(candidates.keys)
    if standing is not None and earlier is not None:
        verdicts = _with_standing(verdicts, candidates, standing, earlier)
    stored = StoredBars(settings=settings, bars=decided.bars)
    folder.store.write_atomic(BARS, stored.model_dump_json().encode())
    columns = {
        "key": candidates.keys,
        "sha256": pa.array(candidates.films, pa.string()).take(pa.array(candidates.film)),
        "split": pa.array(tags.split, pa.string()).take(pa.array(candidates.film)),
        "verdict": verdicts,
    }
    folder.decisions.write_columns(pa.table(columns), whole, folder.candidates.fingerprint())
    return True


def _with_tags(candidates: CandidateColumns, run: Run) -> CandidateColumns:
    nodes = run.config.filter.balanced_nodes
    if not nodes:
        return candidates
    return replace(candidates, tags=tag_codes_of(candidates.keys, balance_tags(run.config), nodes))


def decisions_fingerprint(run: Run) -> str:
    """Of every setting that shapes decisions, and of the tags that they balance by; with these unchanged, earlier ones stand
    (``filter.freeze``)."""
    settings = run.config.filter
    tags = [balance_tags_hash(run.config)] if settings.balanced_nodes else []
    return fingerprint(CODE_VERSIONS["select"], candidates_fingerprint(run), settings, run.config.splits, *tags)


def _earlier_decisions(run: Run, settings: str) -> pa.Table | None:
    """Decisions that may stand: made with these settings, with bars that are there."""
    folder = run.folder
    same = folder.decisions.fingerprint().startswith(f"{settings}:")
    if not run.config.filter.freeze or not same or _stored_bars(folder, settings) is None:
        return None
    return folder.decisions.columns()


def _stored_bars(folder: CorpusFolder, settings: str) -> CorpusBars | None:
    if not folder.store.exists(BARS):
        return None
    try:
        stored = StoredBars.model_validate_json(folder.store.read_bytes(BARS))
    except ValidationError:
        return None
    return stored.bars if stored.settings == settings else None


def _splits(
    run: Run,
    films: Sequence[SourceRow],
    candidates: CandidateColumns,
    duplicates: tuple[DuplicatePairs, ...],
    earlier: pa.Table | None,
) -> dict[str, SplitName]:
    one, other = (np.concatenate([getattr(pairs, end) for pairs in duplicates]) for end in ("one", "other"))
    ends = np.unique(np.stack([candidates.film[one], candidates.film[other]], axis=1), axis=0)
    links = [(candidates.films[left], candidates.films[right]) for left, right in ends if left != right]
    stated = {row.sha256: row.split for row in films if row.split}
    return assign_splits([row.sha256 for row in films], links, run.config.splits, stated, _splits_before(earlier))  # type: ignore[arg-type]


def _splits_before(earlier: pa.Table | None) -> dict[str, SplitName]:
    if earlier is None:
        return {}
    table = earlier.select(["sha256", "split"]).group_by(["sha256", "split"]).aggregate([])
    return dict(zip(table["sha256"].to_pylist(), table["split"].to_pylist(), strict=True))


def _standing(
    folder: CorpusFolder, candidates: CandidateColumns, splits: dict[str, SplitName], earlier: pa.Table | None
) -> Standing | None:
    """Candidates decided before, unless their film is in another split by now."""
    if earlier is None:
        return None
    before = _splits_before(earlier)
    same = np.array([before.get(sha) == splits[sha] for sha in candidates.films], np.bool_)
    place = pc.index_in(candidates.keys, earlier["key"].combine_chunks())
    rows = np.asarray(pc.is_valid(place)) & same[candidates.film]
    kept = np.asarray(pc.equal(pc.struct_field(earlier["verdict"], "outcome").combine_chunks(), "kept"))
    stays = np.zeros(len(candidates), np.bool_)
    stays[rows] = kept[np.asarray(place.filter(pa.array(rows)))]
    stored = StoredBars.model_validate_json(folder.store.read_bytes(BARS))
    return Standing(rows, stays, stored.bars)


def _with_standing(verdicts: pa.Array, candidates: CandidateColumns, standing: Standing, earlier: pa.Table) -> pa.Array:
    """Verdicts of an earlier run where they stand."""
    places = np.asarray(pc.index_in(candidates.keys, earlier["key"].combine_chunks()).fill_null(0)) + len(verdicts)
    both = pa.concat_arrays([verdicts, earlier["verdict"].combine_chunks().cast(verdicts.type)])
    return both.take(pa.array(np.where(standing.rows, places, np.arange(len(verdicts)))))
