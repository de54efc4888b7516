"""What a batch's plan is made from: shots and texts of its samples, and what the model is to do with them. Without PyTorch, so that
settings and timelines are checked before that is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TimeMode = Literal["sampled", "integrated", "centre", "off"]

Interval = tuple[float, float]
"""Start and end in latent steps, ``0 <= start <= end``; an instant has no width."""

AttentionBackend = Literal["sdpa_segments", "dense"]
"""``dense`` masks with an S x S tensor: the plain form, for tests."""

MaskedAttention = Literal["both", "video", "text"]
"""Which attention of a masked layer keeps within shots: that to the video, that to the text, or both."""

PUBLISHED_MASKED_LAYERS = (6, 27)


class MaskedLayersError(ValueError):
    """Layers are to keep shots apart that the model does not have."""


@dataclass(frozen=True)
class TextPart:
    """One encoded caption. ``tokens``: how many. ``entity``: a label; 0 is the clip as a whole. ``interval``: None for a text that
    holds throughout. ``shots``: numbers of the shots that may see it in masked layers; None for all."""

    tokens: int
    entity: int = 0
    interval: Interval | None = None
    shots: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SamplePlan:
    """``starts``: the first latent of each shot, rising from 0. ``text``: in the order in which its tokens come."""

    starts: tuple[int, ...]
    text: tuple[TextPart, ...]

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.text)

    @property
    def timed(self) -> bool:
        return any(part.interval is not None for part in self.text)


@dataclass(frozen=True)
class PlanSettings:
    """``masked_layers``: first and last masked layer, counted from 0; None masks none. ``masked``: what is masked in them.
    ``alpha`` scales all angles of the cross-attention, 0 being the model without. ``theta``: of its time axis."""

    masked_layers: tuple[int, int] | None = PUBLISHED_MASKED_LAYERS
    masked: MaskedAttention = "both"
    first_frame: bool = True
    time: TimeMode = "sampled"
    theta: float = 100.0
    alpha: float = 1.0
    backend: AttentionBackend = "sdpa_segments"

    def require_layers(self, layers: int) -> None:
        """``layers``: how many the model has. Raises ``MaskedLayersError`` where a masked one is not among them."""
        if self.masked_layers is not None and self.masked_layers[1] >= layers:
            first, last = self.masked_layers
            raise MaskedLayersError(
                f"attention.masked_layers are {first} to {last}, but the model has {layers} layers, 0 to {layers - 1}: name layers "
                "that it has, or none (null; `shotloom sample --no-masks`)"
            )

    @property
    def masks_text(self) -> bool:
        return self.masked_layers is not None and self.masked != "video"
