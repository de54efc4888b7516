"""Captioners and models by name. A backend is imported when it is asked for, so that none weighs on those who use another.

A model backend is a line in ``_MODEL_OPENERS`` and a name in ``captioning/settings.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from captioning.backends.by_role import ModelBackends
from captioning.protocol import Captioner
from captioning.serving import CaptionServingSettings
from captioning.settings import BackendName, CaptionSettings


def open_captioner(settings: CaptionSettings) -> Captioner:
    """The captioner without a model that ``settings`` name, ready to describe any number of clips."""
    return _OPENERS[settings.backend](settings)


async def open_models(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    """The models that ``settings`` name, ready to be asked on the running event loop. Raises ``BackendUnusableError``."""
    return await _MODEL_OPENERS[settings.backend](settings, serving)


def needs_model(settings: CaptionSettings) -> bool:
    """Whether clips are described by asking a model."""
    return settings.backend in _MODEL_OPENERS


def _measured(_: CaptionSettings) -> Captioner:
    from captioning.measured import MeasuredCaptioner

    return MeasuredCaptioner()


async def _server(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    from captioning.backends.server import open_server

    return await open_server(settings, serving)


async def _vllm(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    from captioning.engines.opening import open_vllm

    return await open_vllm(settings, serving)


async def _transformers(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    from captioning.engines.opening import open_transformers

    return await open_transformers(settings, serving)


_OPENERS: dict[BackendName, Callable[[CaptionSettings], Captioner]] = {"measured": _measured}

_MODEL_OPENERS: dict[BackendName, Callable[[CaptionSettings, CaptionServingSettings], Awaitable[ModelBackends]]] = {
    "server": _server,
    "vllm": _vllm,
    "transformers": _transformers,
}
