"""Opens the models that the settings name in this process, each once."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable

from captioning.asks import AskBackend, BackendUnusableError
from captioning.backends.by_role import ModelBackends
from captioning.engines.checkpoint import find_checkpoint
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings, ModelChoice
from formats.clip_record import Model
from operators.picture_models.weights import Weights, WeightsError

Opener = Callable[[Weights, Model], Awaitable[AskBackend]]


async def open_transformers(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    """Raises ``BackendUnusableError``."""
    from captioning.engines.transformers_backend import TransformersBackend

    async def opened(weights: Weights, model: Model) -> AskBackend:
        return await asyncio.to_thread(TransformersBackend, weights, model, serving.device)

    return await _by_role(settings, opened)


async def open_vllm(settings: CaptionSettings, serving: CaptionServingSettings) -> ModelBackends:
    """Starting the engine blocks the event loop for its minute. Raises ``BackendUnusableError``."""
    if importlib.util.find_spec("vllm") is None:
        raise BackendUnusableError(
            "captions.backend is 'vllm', and vLLM is not installed here: pip install 'shotloom[vllm]' on the machines with "
            "GPUs, or ask a server (captions.backend: server)"
        )
    from captioning.engines.vllm_backend import EngineShare, open_engine

    models = 1 if _is_one_model(settings) else 2
    share = EngineShare(serving.gpu_share / models, serving.gpus_per_model, serving.in_flight)

    async def opened(weights: Weights, model: Model) -> AskBackend:
        return open_engine(weights, model, share)

    return await _by_role(settings, opened)


async def _by_role(settings: CaptionSettings, opened: Opener) -> ModelBackends:
    clip = await _opened(settings.models.clip, opened)
    if _is_one_model(settings):
        return ModelBackends(clip, clip)
    try:
        return ModelBackends(clip, await _opened(settings.models.shot, opened))
    except BaseException:
        await clip.close()
        raise


def _is_one_model(settings: CaptionSettings) -> bool:
    shot = settings.models.of("shot")
    return (shot.id, shot.revision) == (settings.models.clip.id, settings.models.clip.revision)


async def _opened(choice: ModelChoice, opened: Opener) -> AskBackend:
    try:
        weights = await asyncio.to_thread(find_checkpoint, choice.id, choice.revision)
        revision, terms = weights.revision, choice.license or "unknown"
        return await opened(weights, Model(role="captioner", id=weights.id, revision=revision, license=terms))
    except (WeightsError, ValueError) as error:
        raise BackendUnusableError(f"captions.models: {error}") from error
