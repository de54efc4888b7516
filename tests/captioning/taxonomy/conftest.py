"""Records with tags, otherwise as the published example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord, Tag
from formats.clip_schema import EXAMPLE_FILE

Tagged = Callable[..., ClipRecord]


@pytest.fixture(scope="session")
def tagged() -> Tagged:
    """``tagged((0, node, value), ...)``: the example (two shots, 118 and 128 frames) with just these tags."""
    example = read_clip_json(EXAMPLE_FILE.read_bytes())

    def of(*tags: tuple[int, str, str], origin: str = "measured") -> ClipRecord:
        made = tuple(Tag(shot=shot, node=node, value=value, origin=origin) for shot, node, value in tags)
        return example.model_copy(update={"tags": made})

    return of
