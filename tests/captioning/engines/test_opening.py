from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path

import pytest

from captioning.asks import Answer, BackendUnusableError
from captioning.backends import needs_model, open_models
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from tests.captioning.engines.questions import ask, picture


def settings(backend: str, clip: str, **shot: str) -> CaptionSettings:
    models = {"clip": {"id": clip, "license": "Apache-2.0"}, "shot": shot}
    return CaptionSettings.model_validate({"backend": backend, "models": models})


def test_one_model_that_plays_both_roles_is_loaded_once(tiny: Path) -> None:
    async def scene() -> Answer:
        models = await open_models(settings("transformers", str(tiny)), CaptionServingSettings(device="cpu"))
        assert models.shot is models.clip
        said = models.clip.model
        assert (said.role, said.id, said.license) == ("captioner", "tiny-qwen", "Apache-2.0")
        assert said.revision.startswith("sha256:")
        try:
            return await models.clip.ask(ask(0, ("What?", picture(0))))
        finally:
            await models.close()

    assert needs_model(settings("transformers", str(tiny)))
    assert asyncio.run(scene()).finish == "stop"


def test_two_roles_may_have_two_models(tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.symlink_to(tiny)

    async def scene() -> tuple[str, str]:
        named = settings("transformers", str(tiny), id=str(other), license="MIT")
        models = await open_models(named, CaptionServingSettings(device="cpu"))
        await models.close()
        return models.clip.model.id, models.shot.model.license

    assert asyncio.run(scene()) == ("tiny-qwen", "MIT")


def test_a_model_that_cannot_be_loaded_ends_the_run_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(BackendUnusableError, match=r"lacks config\.json"):
        asyncio.run(open_models(settings("transformers", str(tmp_path)), CaptionServingSettings()))


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed here")
def test_without_vllm_it_is_said_how_to_have_it(tiny: Path) -> None:
    with pytest.raises(BackendUnusableError, match=r"shotloom\[vllm\]"):
        asyncio.run(open_models(settings("vllm", str(tiny)), CaptionServingSettings()))
