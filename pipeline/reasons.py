"""Reason codes in words, for the report and ``status``."""

from __future__ import annotations

from captioning.asks import ASK_REASONS
from captioning.faults.rules import REASONS as ANSWER_REASONS
from operators.film_error import REASONS as FILM_REASONS
from pipeline.film_hash import PROBLEMS
from pipeline.stages.run import ENGINE_REASONS

_SELECT = {
    "false_cut": "a doubtful cut between pictures that are alike, undone",
    "too_unlike": "less alike than stitch.band.min: another scene",
    "too_alike": "more alike than stitch.band.max: not a different shot",
    "no_features": "one of the two shots was not described",
    "shot_dropped": "one of the two shots was dropped",
    "edge": "frames without a picture between the two shots",
    "duplicate": "the same bytes as another film",
    "too_short": "fewer frames than shots.min_frames after defade",
    "corrupt": "damaged frames in the shot",
    "over_long": "longer than filter.duration.max allows for a clip",
    "shots_min": "fewer shots than filter.shots.min",
    "shots_max": "more shots than filter.shots.max",
    "duration_min": "shorter than filter.duration.min",
    "duration_max": "longer than filter.duration.max",
    "near_duplicate": "a near-duplicate of a clip that was kept",
    "near_duplicate_embedding": "by its embedding a near-duplicate of a clip that was kept",
    "straddles_splits": "a near-duplicate of it is in another split",
    "source_missing": "the film is gone or was changed since it was scanned",
    "invalid_record": "the parts of the clip do not make a valid record",
    "misaligned": "a shot's words fit its pictures less than shards.min_alignment",
    "verification": "the clip as encoded does not equal its plan",
}
_PREFIXES = {
    "score_missing": "the score was not measured",
    "score_min": "the score is below its limit",
    "score_max": "the score is above its limit",
    "quantile_min": "the score is below its quantile in the corpus",
    "quantile_max": "the score is above its quantile in the corpus",
    "balance": "more clips of one value than filter.balance allows",
    "top": "not in the top share by this score",
}


def reason_text(reason: str) -> str:
    """What a reason code means; the code itself where it says enough."""
    known = {**FILM_REASONS, **PROBLEMS, **ENGINE_REASONS, **_SELECT, **ASK_REASONS, **ANSWER_REASONS}
    prefix, _, name = reason.partition(":")
    return known.get(reason) or (f"{name}: {_PREFIXES[prefix]}" if prefix in _PREFIXES else reason)
