"""Decides over a whole corpus, in this order; the first thing that a candidate misses is its reason:

1. scores that were not measured though a decision needs them (``score_missing:NAME``);
2. limits on scores (``score_min:NAME``, ``score_max:NAME``);
3. quantiles, all read off the candidates that passed 1 and 2 (``quantile_min:NAME``, ``quantile_max:NAME``);
4. near-duplicates (``near_duplicate``, then ``near_duplicate_embedding``), and duplicates that lie in different splits
   (``straddles_splits``);
5. balance, rule after rule (``balance:TAG``);
6. the top share of what is left (``top:NAME``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formats.selection import BalanceCap, CorpusBars, QuantileBar, TopCutOff
from operators.decisions.balance import FilmTags, drop_over_cap, find_cap, tag_codes
from operators.decisions.candidate_columns import CandidateColumns, Mask
from operators.decisions.duplicate_drop import (
    STRADDLES,
    DuplicatePairs,
    drop_duplicates,
    held_out_first,
    rank_by_quality,
)
from operators.decisions.score_limits import drop_beyond, drop_outside, drop_unmeasured, find_quantiles
from operators.decisions.top_share import drop_below, find_cut_off
from operators.decisions.verdict_sheet import VerdictSheet
from operators.filter import CAMERA, FilterSettings
from operators.scores.camera_class import CAMERA_CLASSES

_ALWAYS_MEASURED = ("seconds", "shots")
_STANDS = ("stands", "decided in an earlier run")


@dataclass(frozen=True)
class Corpus:
    """What is decided about: N candidates, the tags of their films, their near-duplicates by each measure of them."""

    candidates: CandidateColumns
    films: FilmTags
    duplicates: tuple[DuplicatePairs, ...] = ()


@dataclass(frozen=True)
class Standing:
    """Decisions of an earlier run that are not touched. ``rows`` and ``kept``: ``(N,)``; ``bars``: what they were made by."""

    rows: Mask
    kept: Mask
    bars: CorpusBars


@dataclass(frozen=True)
class Decided:
    """Rows that stand have no verdict of their own in ``sheet``: the earlier one is theirs."""

    sheet: VerdictSheet
    bars: CorpusBars


def needed_scores(settings: FilterSettings) -> tuple[str, ...]:
    """Scores without which some decision cannot be made, in the order of the settings."""
    names = [each.name for each in settings.scores] + [each.name for each in settings.quantiles]
    for rule in settings.balance:
        names += [rule.tag] * bool(rule.edges) + [rule.best] * bool(rule.best)
    names += [settings.top.score] if settings.top else []
    return tuple(dict.fromkeys(names))


def read_scores(settings: FilterSettings) -> tuple[str, ...]:
    """Every score that ``decide`` looks at."""
    classes = [score.name for score in CAMERA_CLASSES] if any(rule.tag == CAMERA for rule in settings.balance) else []
    return (*needed_scores(settings), *classes, settings.duplicates.best)


def decide(corpus: Corpus, settings: FilterSettings, standing: Standing | None = None) -> Decided:
    """The same for any order of films, and again the same with its own bars. With ``standing``, only other rows are
    decided, by the bars and beside the clips that stand."""
    stands = standing or _nothing_stands(len(corpus.candidates))
    sheet = VerdictSheet(len(corpus.candidates))
    sheet.drop(stands.rows, _STANDS)
    needed = [name for name in needed_scores(settings) if name not in _ALWAYS_MEASURED]
    drop_unmeasured(corpus.candidates, needed, sheet)
    drop_outside(corpus.candidates, settings.scores, sheet)
    quantiles = _quantiles(corpus.candidates, settings, stands.bars, sheet)
    _drop_duplicates(corpus, settings, stands.kept, sheet)
    balance = _balance(corpus, settings, stands, sheet)
    top = _top(corpus.candidates, settings, stands.bars, sheet)
    return Decided(sheet, CorpusBars(quantiles=quantiles, balance=balance, top=top))


def _nothing_stands(rows: int) -> Standing:
    return Standing(np.zeros(rows, np.bool_), np.zeros(rows, np.bool_), CorpusBars())


def _quantiles(
    candidates: CandidateColumns, settings: FilterSettings, earlier: CorpusBars, sheet: VerdictSheet
) -> tuple[QuantileBar, ...]:
    bars = earlier.quantiles
    if not any(bar.considered for bar in bars):
        bars = find_quantiles(candidates, settings.quantiles, sheet)
    drop_beyond(candidates, bars, sheet)
    return bars


def _drop_duplicates(corpus: Corpus, settings: FilterSettings, taken: Mask, sheet: VerdictSheet) -> None:
    candidates, best = corpus.candidates, settings.duplicates.best
    splits = held_out_first(candidates, corpus.films.split)
    for pairs in corpus.duplicates:
        if not len(pairs.one):
            continue
        if settings.duplicates.drop:
            drop_duplicates(pairs, rank_by_quality(candidates, best), taken, pairs.reason, sheet)
        else:
            apart = pairs.where(splits[pairs.one] != splits[pairs.other])
            drop_duplicates(apart, rank_by_quality(candidates, best, splits), taken, STRADDLES, sheet)


def _balance(
    corpus: Corpus, settings: FilterSettings, standing: Standing, sheet: VerdictSheet
) -> tuple[BalanceCap, ...]:
    caps = []
    for number, rule in enumerate(settings.balance):
        codes = tag_codes(corpus.candidates, corpus.films, rule)
        earlier = standing.bars.balance[number].cap if standing.bars.balance else 0
        cap = earlier or find_cap(codes[sheet.passed], rule)
        drop_over_cap(corpus.candidates, codes, standing.kept, rule, cap, sheet)
        caps.append(BalanceCap(tag=rule.tag, cap=cap))
    return tuple(caps)


def _top(
    candidates: CandidateColumns, settings: FilterSettings, earlier: CorpusBars, sheet: VerdictSheet
) -> TopCutOff | None:
    if settings.top is None:
        return None
    cut_off = earlier.top or find_cut_off(candidates, sheet.passed, settings.top)
    if cut_off is not None:
        drop_below(candidates, cut_off, sheet)
    return cut_off
