"""Where desks stand: one per machine, or, where the pipeline runs the model itself, one per set of GPUs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from pipeline.caption_task import DeskPart


@dataclass(frozen=True)
class Machine:
    """``node``: Ray's id. What Ray may use there."""

    node: str
    cores: int
    gpus: int


@dataclass(frozen=True)
class Place:
    """A desk's: ``workers`` clips are decoded there at once, with ``gpus`` for its model."""

    node: str
    workers: int
    gpus: int


def places_for(machines: Sequence[Machine], wanted: int, workers: int) -> list[Place]:
    """``wanted``: GPUs of a desk. ``workers``: clips decoded at once over all machines; 0 means one per core. Machines without a
    GPU are left out where a desk wants one and others have it. Never empty.
    """
    fitting = [machine for machine in machines if machine.cores] or list(machines[:1])
    if wanted:
        fitting = [machine for machine in fitting if machine.gpus >= wanted] or fitting
    share = math.ceil(workers / len(fitting))
    found = []
    for machine in fitting:
        desks = max(1, machine.gpus // wanted) if wanted else 1
        decoding = min(machine.cores, share or machine.cores)
        found += [Place(machine.node, max(1, decoding // desks), min(wanted, machine.gpus))] * desks
    return found


def gpus_wanted(part: DeskPart, captions: CaptionSettings, serving: CaptionServingSettings) -> int:
    """GPUs of one desk."""
    if part != "words":
        return int(serving.device != "cpu")
    if captions.backend == "vllm":
        return serving.gpus_per_model
    return int(captions.backend == "transformers" and serving.device != "cpu")


def questions_per_desk(part: DeskPart, captions: CaptionSettings, serving: CaptionServingSettings, desks: int) -> int:
    """Servers' questions are shared among desks; an engine of a desk's own is given its batch in full."""
    own_engine = part == "words" and captions.backend in ("vllm", "transformers")
    return serving.in_flight if own_engine else math.ceil(serving.in_flight / desks)
