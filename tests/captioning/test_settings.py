from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from captioning.captioner_fingerprint import captioner_fingerprint
from captioning.conversation import converse
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from pipeline.config import STAGE_SECTIONS, Config

MODELS = {"clip": {"id": "org/video", "revision": "abc", "license": "MIT"}}


def test_a_model_backend_without_a_model_says_which_setting_is_missing() -> None:
    with pytest.raises(ValidationError, match=r"captions\.models\.clip\.id"):
        CaptionSettings.model_validate({"backend": "server"})


def test_the_clips_model_speaks_of_shots_too_unless_another_is_named() -> None:
    one = CaptionSettings.model_validate({"backend": "server", "models": MODELS})
    two = CaptionSettings.model_validate({"backend": "server", "models": MODELS | {"shot": {"id": "org/image"}}})
    assert one.models.of("shot") == one.models.of("clip") == one.models.clip
    assert two.models.of("shot").id == "org/image"


def test_another_model_or_revision_is_another_fingerprint() -> None:
    def fingerprint(**clip: str) -> str:
        return captioner_fingerprint(CaptionSettings.model_validate({"backend": "server", "models": {"clip": clip}}))

    assert len({fingerprint(id="a"), fingerprint(id="b"), fingerprint(id="a", revision="1")}) == 3
    assert fingerprint(id="a") == fingerprint(id="a")


def test_reference_images_need_words_and_change_none_of_them() -> None:
    images = {"detector": "grounding-dino", "min_side": 32}
    with_images = CaptionSettings.model_validate({"backend": "server", "models": MODELS, "references": images})
    without = CaptionSettings.model_validate({"backend": "server", "models": MODELS})
    assert captioner_fingerprint(with_images) == captioner_fingerprint(without)
    with pytest.raises(ValidationError, match="'measured' names none"):
        CaptionSettings.model_validate({"references": images})
    with pytest.raises(ValidationError, match="choose a detector too"):
        CaptionSettings.model_validate({"backend": "server", "models": MODELS, "references": {"segmenter": "sam2"}})


def test_another_prompt_is_another_fingerprint_where_a_model_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = CaptionSettings.model_validate({"backend": "server", "models": MODELS})
    before = captioner_fingerprint(asked), captioner_fingerprint(CaptionSettings())
    real = converse.prompt
    monkeypatch.setattr(
        converse, "prompt", lambda name: replace(real(name), sha256="0" * 64) if name == "shot" else real(name)
    )
    after = captioner_fingerprint(asked), captioner_fingerprint(CaptionSettings())
    assert before[0] != after[0] and before[1] == after[1]


def test_where_and_how_fast_shapes_no_stage() -> None:
    assert isinstance(Config().engine.captions, CaptionServingSettings)
    assert all("engine" not in sections for sections in STAGE_SECTIONS.values())


@pytest.mark.parametrize(
    "url",
    [
        "gpu1:8000",
        "ftp://gpu1/v1",
        "http://",
        "http://gpu1:port/v1",
        "http://me:hunter2@gpu1/v1",
        "http://gpu1/v1?key=hunter2",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CaptionServingSettings(endpoints=(url,))
    assert "hunter2" not in str(caught.value)


def test_addresses_may_end_in_a_slash() -> None:
    assert CaptionServingSettings(endpoints=("http://gpu1:8000/v1/",)).endpoints == ("http://gpu1:8000/v1",)
