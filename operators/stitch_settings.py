"""By which limits stitching goes."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.film_scan import TransitionKind
from operators.embedders.stitch_limits import stitch_limits


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RejoinSettings(_Settings):
    """A cut is undone if its confidence is below ``confidence`` and the similarity is at least ``similarity``.

    Acts only if ``confidence`` is above the threshold at which split accepts cuts.
    """

    confidence: float = Field(default=0.7, ge=0, le=1, description="transitions at or above this are never undone")
    similarity: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="how alike the two sides of a false cut are, at least; none: the embedder's own (layout: 0.95)",
    )
    kinds: tuple[TransitionKind, ...] = Field(default=("cut",), description="kinds of transition that may be undone")


class BandSettings(_Settings):
    """Similarities that two different shots of one scene may have. They depend on the embedder that scan used: where none is
    set, its own are taken (``embedders/stitch_limits.py``; ``docs/stitching.md`` has what they were chosen on)."""

    min: float | None = Field(
        default=None, ge=-1, le=1, description="less alike: another scene; none: the embedder's own (layout: 0.4)"
    )
    max: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="more alike: not a different shot; none: the embedder's own (layout: 0.95)",
    )

    def of(self, embedder: str) -> tuple[float, float]:
        """Both ends, for what ``embedder`` measured."""
        own = stitch_limits(embedder)
        return (own.least if self.min is None else self.min), (own.greatest if self.max is None else self.max)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be greater than max ({self.max:g})")
        return self


class ReturnSettings(_Settings):
    """A shot that comes back (A-B-A) links both borders of the one between: ``shot_returns.py`` has the reasons."""

    link: bool = Field(default=True, description="link A-B-A, where B is unlike A and the second A is like the first")
    min: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="how alike the two A are, at least; none: the embedder's own (layout: 0.75)",
    )
    least: float | None = Field(
        default=None,
        ge=-1,
        le=1,
        description="how alike A and B are, at least; none: the embedder's own (layout: 0.2)",
    )

    def of(self, embedder: str) -> tuple[float, float]:
        """``min`` and ``least`` for what ``embedder`` measured."""
        own = stitch_limits(embedder)
        return (
            own.returned if self.min is None else self.min,
            own.between if self.least is None else self.least,
        )


class StitchSettings(_Settings):
    rejoin: RejoinSettings = RejoinSettings()
    band: BandSettings = BandSettings()
    returns: ReturnSettings = ReturnSettings()
