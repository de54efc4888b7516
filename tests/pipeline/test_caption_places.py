from __future__ import annotations

from typing import Any

import pytest

from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from pipeline.caption_places import Machine, Place, gpus_wanted, places_for, questions_per_desk
from pipeline.caption_task import DeskPart

LAPTOP = Machine("laptop", 8, 0)
SERVER = Machine("server", 32, 4)


def places(machines: list[Machine], backend: str, workers: int = 0, **serving: Any) -> list[Place]:
    captions = CaptionSettings.model_validate({"backend": backend, "models": {"clip": {"id": "m"}}})
    wanted = gpus_wanted("words", captions, CaptionServingSettings.model_validate(serving))
    return places_for(machines, wanted, workers)


def test_a_server_is_asked_from_one_desk_per_machine_with_all_its_cores() -> None:
    assert places([LAPTOP, SERVER], "server") == [Place("laptop", 8, 0), Place("server", 32, 0)]


def test_workers_are_shared_among_machines() -> None:
    assert places([LAPTOP, SERVER], "server", workers=5) == [Place("laptop", 3, 0), Place("server", 3, 0)]


@pytest.mark.parametrize(("per_model", "desks", "workers"), [(1, 4, 8), (2, 2, 16), (4, 1, 32)])
def test_a_model_of_our_own_has_a_desk_per_set_of_gpus(per_model: int, desks: int, workers: int) -> None:
    expected = [Place("server", workers, per_model)] * desks
    assert places([LAPTOP, SERVER], "vllm", gpus_per_model=per_model) == expected


def test_a_model_of_our_own_runs_on_the_processor_where_there_is_no_gpu() -> None:
    assert places([LAPTOP], "transformers") == [Place("laptop", 8, 0)]
    assert places([LAPTOP], "vllm") == [Place("laptop", 8, 0)]
    assert places([SERVER], "transformers", device="cpu") == [Place("server", 32, 0)]


def test_a_machine_that_only_heads_the_cluster_decodes_nothing() -> None:
    assert places([Machine("head", 0, 0), LAPTOP], "server") == [Place("laptop", 8, 0)]
    assert places([Machine("head", 0, 0)], "server") == [Place("head", 1, 0)]


@pytest.mark.parametrize(
    ("device", "expected"), [("auto", [Place("server", 8, 1)] * 4), ("cpu", [Place("server", 32, 0)])]
)
def test_what_finds_reference_images_has_one_gpu_whoever_wrote_the_words(device: str, expected: list[Place]) -> None:
    captions = CaptionSettings.model_validate({"backend": "vllm", "models": {"clip": {"id": "m"}}})
    serving = CaptionServingSettings.model_validate({"device": device, "gpus_per_model": 4})
    assert places_for([SERVER], gpus_wanted("references", captions, serving), 0) == expected


@pytest.mark.parametrize(
    ("backend", "part", "expected"),
    [("server", "words", 8), ("vllm", "words", 64), ("transformers", "words", 64), ("vllm", "references", 8)],
)
def test_questions_are_shared_by_desks_that_ask_servers_and_not_by_engines(
    backend: str, part: DeskPart, expected: int
) -> None:
    """Eight GPUs: an engine with an eighth of the questions would run an eighth of its batch."""
    captions = CaptionSettings.model_validate({"backend": backend, "models": {"clip": {"id": "m"}}})
    assert questions_per_desk(part, captions, CaptionServingSettings(in_flight=64), 8) == expected
