"""The whole conversation with a real architecture under random weights: nonsense in the right shape, every time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from captioning.conversation.converse import converse
from captioning.conversation.result import ConversationResult
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.engines.checkpoint import find_checkpoint
from captioning.engines.transformers_backend import TransformersBackend
from captioning.frames.sample_task import sample_frames_task
from captioning.frames.sampled_clip import SampledClip
from captioning.frames.sampled_file import read_sampled
from captioning.frames.sampling_settings import SamplingSettings
from captioning.tiny_checkpoint import write_tiny_checkpoint
from formats.clip_record import Model
from tests.captioning.conversation.scripted_backend import measured_of
from tests.captioning.conversation.whole_record import check_annotation
from tests.captioning.made_clip import made_clip

SAMPLING = SamplingSettings(pictures_per_shot=2, pictures_per_clip=3, picture_tokens=16)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads of a model this small wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> TransformersBackend:
    folder = tmp_path_factory.mktemp("vlm") / "tiny-qwen"
    write_tiny_checkpoint(folder)
    weights = find_checkpoint(str(folder), "")
    return TransformersBackend(
        weights, Model(role="captioner", id="tiny", revision=weights.revision, license=""), "cpu", 8
    )


@pytest.fixture(scope="module")
def clip(two_shot_file: Path, tmp_path_factory: pytest.TempPathFactory) -> SampledClip:
    out = tmp_path_factory.mktemp("pictures") / "two.zip"
    arguments: dict[str, Any] = {"clip": str(two_shot_file), "sampled": str(out), "sampling": SAMPLING.model_dump()}
    sample_frames_task({**arguments, "made": made_clip(two_shot_file).model_dump(mode="json")})
    return read_sampled(out, made_clip(two_shot_file), SAMPLING)


def talked(clip: SampledClip, backend: TransformersBackend, how: ConversationSettings) -> ConversationResult:
    result = asyncio.run(converse(clip, measured_of(clip), RoleBackends.all_by(backend), how))
    check_annotation(clip, result.annotation)
    return result


def test_answers_cut_off_by_their_limit_leave_the_measured_words(
    clip: SampledClip, backend: TransformersBackend
) -> None:
    how = ConversationSettings(sampling=SAMPLING, attempts=1, answer_tokens=64, on_reject="measured")
    result = talked(clip, backend, how)
    assert [c.origin for c in result.annotation.captions] == ["measured"] * 3
    assert {(fault.fault, fault.outcome) for fault in result.counts.faults} == {("truncated", "rejected")}
    assert result.counts.asks == result.counts.measured == 4


@pytest.mark.slow
def test_whole_answers_of_random_weights_make_a_valid_annotation(
    clip: SampledClip, backend: TransformersBackend
) -> None:
    """In any language, for nonsense is in none: texts, names, times and a truth value that mean nothing, in the right shape."""
    how = ConversationSettings(
        sampling=SAMPLING, language="any", attempts=1, temperature=1.0, answer_tokens=4096, on_reject="measured"
    )
    result = talked(clip, backend, how)
    rejected = sum(fault.count for fault in result.counts.faults if fault.outcome == "rejected")
    assert result.counts.measured < result.counts.asks
    assert (result.counts.measured > 0) == (rejected > 0)
    assert "tiny" in {caption.origin for caption in result.annotation.captions}
    assert not {"not_json", "wrong_shape", "wrapped"} & {fault.fault for fault in result.counts.faults}
