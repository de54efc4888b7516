"""Which candidates become clips: limits on duration, shot count and scores. A value equal to a limit passes."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isnan
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.ledger import KEPT, Verdict, dropped
from formats.selection import CandidateRow
from operators.film_clock import plan_seconds


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DurationLimits(_Settings):
    """Seconds of the clip after defade. A written decimal is meant exactly: 3.1 is 31/10."""

    min: float = Field(default=8.0, ge=0, le=86_400, description="shortest clip, seconds")
    max: float = Field(default=15.0, gt=0, le=86_400, description="longest clip, seconds")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be greater than max ({self.max:g})")
        return self


class ShotCountLimits(_Settings):
    """Shots per clip after defade. With ``min`` 1 a single take can be a clip."""

    min: int = Field(default=2, ge=1, le=1000, description="fewest shots in a clip")
    max: int = Field(default=4, ge=1, le=1000, description="most shots in a clip")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) must not be greater than max ({self.max})")
        return self


class ScoreLimits(_Settings):
    """Limits on one score. A candidate in which it was not measured is dropped, with that reason."""

    name: str = Field(min_length=1, description="a score that scan measures")
    min: float | None = Field(default=None, allow_inf_nan=False, description="lowest value that passes")
    max: float | None = Field(default=None, allow_inf_nan=False, description="highest value that passes")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(f"the limits on {self.name!r} need min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be greater than max ({self.max:g})")
        return self


class TopShare(_Settings):
    """Keep the best share by one score, over the candidates of the whole corpus that passed everything else."""

    score: str = Field(min_length=1, description="a score that scan measures; more is better")
    share: float = Field(gt=0, le=1, description="the share to keep: 0.4 is the top 40 %")
    freeze: bool = Field(
        default=True, description="keep the first build's bar when films are added, so that no existing clip changes"
    )


class FilterSettings(_Settings):
    """The defaults for duration and shots are the published recipe's (Cine250K, arXiv 2508.11484)."""

    duration: DurationLimits = DurationLimits()
    shots: ShotCountLimits = ShotCountLimits()
    scores: tuple[ScoreLimits, ...] = Field(default=(), description="limits on scores, each as {name, min, max}")
    top: TopShare | None = Field(
        default=None, description="keep the best share of the corpus, as {score, share, freeze}"
    )


@lru_cache(maxsize=256)
def exact(setting: float) -> Fraction:
    """The number as it is written in the config: 3.1 gives 31/10, not the nearest binary fraction."""
    return Fraction(str(setting))


def judge(candidate: CandidateRow, settings: FilterSettings) -> Verdict:
    """Everything that can be decided about one candidate alone; the first limit that it misses is the reason.

    Reasons: ``shots_min``, ``shots_max``, ``duration_min``, ``duration_max``, ``score_missing:NAME``,
    ``score_min:NAME``, ``score_max:NAME``.
    """
    verdict = judge_length(len(candidate.plan.shots), plan_seconds(candidate.plan), settings)
    if verdict.outcome != "kept":
        return verdict
    needed = [limits.name for limits in settings.scores] + ([settings.top.score] if settings.top else [])
    for name in needed:
        if isnan(candidate.scores.get(name, float("nan"))):
            return dropped(f"score_missing:{name}", detail=f"{name} was not measured on this candidate")
    for limits in settings.scores:
        value = candidate.scores[limits.name]
        if limits.min is not None and value < limits.min:
            return dropped(f"score_min:{limits.name}", value, limits.min, f"{limits.name} is below its limit")
        if limits.max is not None and value > limits.max:
            return dropped(f"score_max:{limits.name}", value, limits.max, f"{limits.name} is above its limit")
    return KEPT


def judge_length(shots: int, seconds: Fraction, settings: FilterSettings) -> Verdict:
    """The verdict on shot count and duration alone."""
    if shots < settings.shots.min:
        return dropped("shots_min", shots, settings.shots.min, "fewer shots than filter.shots.min")
    if shots > settings.shots.max:
        return dropped("shots_max", shots, settings.shots.max, "more shots than filter.shots.max")
    if seconds < exact(settings.duration.min):
        return dropped("duration_min", float(seconds), settings.duration.min, "shorter than filter.duration.min")
    if seconds > exact(settings.duration.max):
        return dropped("duration_max", float(seconds), settings.duration.max, "longer than filter.duration.max")
    return KEPT
