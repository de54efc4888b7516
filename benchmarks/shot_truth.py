"""What is true about a film's transitions: from the renderer, or annotated by hand."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.shot_scoring import Gap


def truth_of(film: Path, folder: Path | None) -> list[Gap] | None:
    """From ``.truth/NAME.json`` beside a rendered film, or the file in ``folder`` whose ``files`` end with the film's
    name. None if nothing is known about the film."""
    beside = film.parent / ".truth" / f"{film.stem}.json"
    if beside.exists():
        return rendered_truth(beside)
    for candidate in sorted(folder.glob("*.json")) if folder else []:
        if any(_names(name, film.name) for name in json.loads(candidate.read_text()).get("files", [])):
            return annotated_truth(candidate)
    return None


def rendered_truth(path: Path) -> list[Gap]:
    """Truth as the sample film renderer writes it. Gaps at the film's head and tail are no transitions."""
    told = json.loads(path.read_text())
    return [Gap(each["kind"], *each["frames"]) for each in told["transitions"]]


def annotated_truth(path: Path) -> list[Gap]:
    """Truth as annotated by hand: last frame of the outgoing shot, first frame of the incoming one."""
    told = json.loads(path.read_text())
    cuts = [Gap("cut", cut + 1, cut + 1) for cut in told["cuts"]]
    gradual = [Gap(kind, last + 1, first) for last, first, kind in told["gradual"]]
    return sorted(cuts + gradual, key=lambda gap: gap.start)


def _names(told: str, film: str) -> bool:
    """``told`` is a path, and may say which of several video streams it means; the default one is meant here."""
    path, _, stream = told.partition(" (")
    return path.endswith(film) and stream in ("", "default video stream)")
