"""The limits that decide which candidates become clips. A value equal to a limit passes.

``duration`` and ``shots`` shape the candidates themselves (``operators/scene_division.py``); the rest is decided over the
corpus (``operators/decisions``).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isnan
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.ledger import KEPT, Verdict, dropped
from operators.scores.names import ScoreName, known_score


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

    name: ScoreName = Field(description="a score that scan measures")
    min: float | None = Field(default=None, allow_inf_nan=False, description="lowest value that passes")
    max: float | None = Field(default=None, allow_inf_nan=False, description="highest value that passes")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(f"the limits on {self.name!r} need min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be greater than max ({self.max:g})")
        return self


class QuantileLimits(_Settings):
    """Limits on one score by rank: ``min`` 0.1 drops the lowest tenth of the corpus, ``max`` 0.9 the highest."""

    name: ScoreName = Field(description="a score that scan measures")
    min: float | None = Field(default=None, ge=0, le=1, description="quantile of the lowest value that passes")
    max: float | None = Field(default=None, ge=0, le=1, description="quantile of the highest value that passes")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(f"the quantiles of {self.name!r} need min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be greater than max ({self.max:g})")
        return self


CAMERA = "camera"
"""The tag of a balance rule that goes by ``operators/scores/camera_class.py``."""

TAGS = "tags."
"""How a balance rule's tag begins that is a node of cinematic control: ``tags.Camera -> Creative Intent -> Shot Size``."""


class BalanceRule(_Settings):
    """How many clips each value of a tag may have: ``cap`` clips, or at most ``share`` of all that this rule leaves."""

    tag: str = Field(
        min_length=1,
        description="film, split, shots, metadata.KEY, camera (what it mostly does: still, pan, tilt, zoom, roll), tags.NODE (of "
        "filter.tags), or with edges a score (or seconds, shots)",
    )
    edges: tuple[float, ...] = Field(
        default=(), description="where bins of the score begin; a value equal to an edge is above it"
    )
    cap: int | None = Field(default=None, ge=1, description="most clips of one value")
    share: float | None = Field(default=None, gt=0, le=1, description="largest share of one value")
    best: str = Field(default="", description="the score whose highest values stay; empty: a choice by the key's hash")

    @model_validator(mode="after")
    def _is_one_rule(self) -> Self:
        if (self.cap is None) == (self.share is None):
            raise ValueError(f"the balance of {self.tag!r} needs either cap or share")
        if any(isnan(edge) for edge in self.edges) or list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges must rise")
        plain = self.tag in ("film", "split", "shots", CAMERA) or self.tag.startswith(("metadata.", TAGS))
        if not plain and not self.edges:
            raise ValueError(
                f"{self.tag!r} is read as a score: give edges; tags are film, split, shots, camera, metadata.KEY, tags.NODE"
            )
        if self.edges and plain and self.tag != "shots":
            raise ValueError(f"{self.tag!r} has no order, so it takes no edges")
        for name in (self.best, self.tag if self.edges else ""):
            if name:
                known_score(name)
        return self


class TopShare(_Settings):
    """Keep the best share by one score, over the candidates of the whole corpus that passed everything else."""

    score: ScoreName = Field(description="a score that scan measures; more is better")
    share: float = Field(gt=0, le=1, description="the share to keep: 0.4 is the top 40 %")


class DuplicateSettings(_Settings):
    """Near-duplicates across the corpus: the same shots encoded, scaled, letterboxed or brightened another way.

    Films that share any are put in one split together, also with ``drop`` false.
    """

    perceptual: bool = Field(default=True, description="look for near-duplicates by the shots' perceptual hashes")
    distance: int = Field(
        default=5,
        ge=0,
        le=10,
        description="bits of 64 in which the hashes of two equal shots differ at most, on average",
    )
    share: float = Field(
        default=0.6, gt=0, le=1, description="share of the shorter clip's shots that must be equal in the other"
    )
    embedding: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="also look for near-duplicates by a learned scan.embedder: cosine of two clips' vectors, at least (such as "
        "0.95); none: do not",
    )
    drop: bool = Field(default=True, description="keep only the best of clips that are near-duplicates of each other")
    best: ScoreName = Field(default="technical_quality", description="the score that says which one is best")


class FilterSettings(_Settings):
    """The defaults for duration and shots are the published recipe's (Cine250K, arXiv 2508.11484)."""

    duration: DurationLimits = DurationLimits()
    shots: ShotCountLimits = ShotCountLimits()
    scores: tuple[ScoreLimits, ...] = Field(default=(), description="limits on scores, each as {name, min, max}")
    quantiles: tuple[QuantileLimits, ...] = Field(
        default=(),
        description="limits by rank in the corpus, each as {name, min, max}, such as {name: motion, min: 0.1}",
    )
    duplicates: DuplicateSettings = DuplicateSettings()
    balance: tuple[BalanceRule, ...] = Field(
        default=(), description="at most so many clips per value of a tag, each as {tag, cap or share, edges, best}"
    )
    tags: str = Field(
        default="",
        description="file of clips' tags, as `shotloom coverage --tags FILE` writes it: what tags.NODE balances by",
    )
    top: TopShare | None = Field(default=None, description="keep the best share of the corpus, as {score, share}")
    freeze: bool = Field(
        default=True,
        description="with unchanged settings, decisions and bars stand when films are added; false: all is decided anew",
    )

    @model_validator(mode="after")
    def _tags_are_given(self) -> Self:
        needing = [rule.tag for rule in self.balance if rule.tag.startswith(TAGS)]
        if needing and not self.tags:
            raise ValueError(f"{needing[0]!r} is balanced by tags: name their file in filter.tags")
        return self

    @property
    def balanced_nodes(self) -> tuple[str, ...]:
        """The nodes that rules balance by."""
        return tuple(rule.tag.removeprefix(TAGS) for rule in self.balance if rule.tag.startswith(TAGS))


@lru_cache(maxsize=256)
def exact(setting: float) -> Fraction:
    """The number as it is written in the config: 3.1 gives 31/10, not the nearest binary fraction."""
    return Fraction(str(setting))


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
