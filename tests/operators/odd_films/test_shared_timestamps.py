"""Program streams in which one timestamp stands for several pictures: what is sought is still what a linear pass gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

KINDS: dict[str, dict[str, Any]] = {
    "mpeg1.mpg": {"codec": "mpeg1video", "container": "mpeg"},
    "mpeg2.vob": {"codec": "mpeg2video", "container": "vob", "options": {"bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "container": "mpegts", "options": {"bf": "2"}},
}


@pytest.mark.parametrize("name", KINDS)
def test_any_range_is_found_exactly(
    name: str, odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    """Pictures of so few bytes that a pack holds many."""
    film = used(odd_film(replace(odd_spec(fps=Fraction(25)), **KINDS[name]), tmp_path / name))
    for start in range(0, 52, 4):
        film.cut(tmp_path / "clip.mp4", (start, start + 8))
        assert numbers(tmp_path / "clip.mp4") == [*range(start, start + 8)]
