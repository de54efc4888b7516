"""Small corpora as columns: one row per candidate, with a film, scores and tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from operators.decisions.balance import FilmTags
from operators.decisions.candidate_columns import candidate_columns
from operators.decisions.decide import Corpus, Decided, Standing, decide, read_scores
from operators.decisions.duplicate_drop import DuplicatePairs
from operators.filter import FilterSettings


@dataclass(frozen=True)
class Row:
    """``film`` is a letter; films a, b ... are train and z, y ... may be given another split."""

    key: str
    film: str = "a"
    scores: dict[str, float] = field(default_factory=dict)
    shots: int = 2


def _settings(**sections: object) -> FilterSettings:
    return FilterSettings.model_validate(sections)


def _corpus(
    rows: Sequence[Row],
    settings: FilterSettings,
    duplicates: Sequence[tuple[str, str, float]] = (),
    splits: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Corpus:
    """``duplicates``: pairs of keys with their distance."""
    table = pa.table(
        {
            "key": [row.key for row in rows],
            "sha256": [row.film for row in rows],
            "seconds": [5.0] * len(rows),
            "shots": [row.shots for row in rows],
            "scores": pa.array([sorted(row.scores.items()) for row in rows], pa.map_(pa.string(), pa.float64())),
        },
    )
    table = table.set_column(0, "key", table["key"].cast(pa.string()))
    table = table.set_column(1, "sha256", table["sha256"].cast(pa.string()))
    candidates = candidate_columns(table, read_scores(settings))
    place = {row.key: number for number, row in enumerate(rows)}
    known = [pair for pair in duplicates if pair[0] in place and pair[1] in place]
    pairs = DuplicatePairs(
        np.array([place[one] for one, _, _ in known], np.int64),
        np.array([place[other] for _, other, _ in known], np.int64),
        np.array([distance for _, _, distance in known], np.float64),
        6.0,
    )
    films = candidates.films
    tags = FilmTags(
        tuple((splits or {}).get(film, "train") for film in films),
        tuple((metadata or {}).get(film, "") for film in films),
    )
    return Corpus(candidates, tags, (pairs,))


def _verdicts(corpus: Corpus, settings: FilterSettings, standing: Standing | None = None) -> dict[str, dict]:
    decided = decide(corpus, settings, standing)
    return dict(
        zip(
            corpus.candidates.keys.to_pylist(),
            decided.sheet.verdicts(corpus.candidates.keys).to_pylist(),
            strict=True,
        )
    )


def _after(rows: Sequence[Row], old: Sequence[Row], decided: Decided) -> Standing:
    """``decided`` (over ``old``) stands in the corpus of ``rows``."""
    kept = {row.key for row, passed in zip(old, decided.sheet.passed, strict=True) if passed}
    keys = {row.key for row in old}
    return Standing(
        np.array([row.key in keys for row in rows], np.bool_),
        np.array([row.key in kept for row in rows], np.bool_),
        decided.bars,
    )


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    values = st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5, 0.9])
    scores = st.fixed_dictionaries({"technical_quality": values}, optional={"camera_motion": values})
    films = draw(st.lists(st.sampled_from("abcdefg"), max_size=24))
    return [
        Row(f"{film}-{number:02d}", film, draw(scores), draw(st.integers(1, 4))) for number, film in enumerate(films)
    ]


@st.composite
def _rules(draw: st.DrawFn) -> FilterSettings:
    balance = [
        [],
        [{"tag": "film", "cap": 2}],
        [{"tag": "film", "share": 0.3, "best": "technical_quality"}],
        [{"tag": "camera_motion", "edges": [0.2, 0.4], "share": 0.5}, {"tag": "shots", "cap": 3}],
    ]
    return _settings(
        scores=draw(
            st.sampled_from([[], [{"name": "camera_motion", "min": 0.2}], [{"name": "technical_quality", "max": 0.5}]])
        ),
        quantiles=draw(st.sampled_from([[], [{"name": "technical_quality", "min": 0.1, "max": 0.9}]])),
        balance=draw(st.sampled_from(balance)),
        top=draw(st.sampled_from([None, {"score": "technical_quality", "share": 0.4}])),
        duplicates={"drop": draw(st.booleans())},
    )


@st.composite
def _pairs(draw: st.DrawFn, rows: Sequence[Row]) -> list[tuple[str, str, float]]:
    keys = [row.key for row in rows]
    if len(keys) < 2:
        return []
    drawn = draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys), st.sampled_from([0.0, 2.0, 6.0]))))
    unique = {tuple(sorted((one, other))): distance for one, other, distance in drawn if one != other}
    return [(one, other, distance) for (one, other), distance in unique.items()]


@pytest.fixture(scope="session")
def row() -> type[Row]:
    return Row


@pytest.fixture(scope="session")
def settings() -> Callable[..., FilterSettings]:
    return _settings


@pytest.fixture(scope="session")
def corpus() -> Callable[..., Corpus]:
    return _corpus


@pytest.fixture(scope="session")
def verdicts() -> Callable[..., dict[str, dict]]:
    return _verdicts


@pytest.fixture(scope="session")
def after() -> Callable[..., Standing]:
    return _after


@pytest.fixture(scope="session")
def any_rows() -> Callable[[], st.SearchStrategy[list[Row]]]:
    return _rows


@pytest.fixture(scope="session")
def any_rules() -> Callable[[], st.SearchStrategy[FilterSettings]]:
    return _rules


@pytest.fixture(scope="session")
def any_pairs() -> Callable[[Sequence[Row]], st.SearchStrategy[list[tuple[str, str, float]]]]:
    return _pairs
