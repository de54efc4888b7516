"""Captioners by name. A backend is imported when it is asked for, so that none weighs on those who use another."""

from __future__ import annotations

from collections.abc import Callable

from captioning.protocol import BackendName, Captioner, CaptionSettings


def open_captioner(settings: CaptionSettings) -> Captioner:
    """The captioner that ``settings`` name, ready to describe any number of clips."""
    return _OPENERS[settings.backend](settings)


def _measured(_: CaptionSettings) -> Captioner:
    from captioning.measured import MeasuredCaptioner

    return MeasuredCaptioner()


_OPENERS: dict[BackendName, Callable[[CaptionSettings], Captioner]] = {"measured": _measured}
