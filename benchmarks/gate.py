"""Whether asking TransNetV2 only where pictures leave doubt finds what asking it of every frame finds.

    python -m benchmarks.gate FILM [FILM ...] [--json]

Every film is scanned both ways. A boundary is an accepted transition at the default thresholds: kind and frames. It
differs if it is not in the other answer exactly. The gate's recall is the share of the full answer's boundaries that are
in the gated one; *needed* are those that are not in the answer without any network, and a gate that asked of nothing
would miss.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from operators.film_measuring import MeasuredFilm, measure_film
from operators.scan import ScanSettings
from operators.signals import ASKED_FLAG
from operators.split import SplitSettings, accepted_transitions

Boundary = tuple[str, tuple[int, int]]


@dataclass(frozen=True)
class Gated:
    """One film: frames, those the network was asked of, and boundaries by full, gated and no network."""

    film: str
    frames: int
    asked: int
    full: int
    missed: tuple[Boundary, ...]
    added: tuple[Boundary, ...]
    needed: int


def compare(film: Path) -> Gated:
    """Raises ``FilmError``."""
    gated, full = (_measured(film, "transnetv2", windows) for windows in ("doubtful", "all"))
    alone = _measured(film, "none", "doubtful")
    found, wanted, unaided = (_boundaries(measured) for measured in (gated, full, alone))
    return Gated(
        film=film.name,
        frames=len(gated.signals.flags),
        asked=int((gated.signals.flags & ASKED_FLAG > 0).sum()),
        full=len(wanted),
        missed=tuple(sorted(wanted - found)),
        added=tuple(sorted(found - wanted)),
        needed=len(wanted - unaided),
    )


def _measured(film: Path, network: Literal["transnetv2", "none"], windows: Literal["doubtful", "all"]) -> MeasuredFilm:
    return measure_film(film, "0" * 64, ScanSettings(network=network, network_windows=windows))


def _boundaries(measured: MeasuredFilm) -> set[Boundary]:
    return {(found.kind, found.frames) for found in accepted_transitions(measured.scan, SplitSettings())}


def summary(films: Iterable[Gated]) -> str:
    every = list(films)
    frames, asked, full = (sum(getattr(film, name) for film in every) for name in ("frames", "asked", "full"))
    missed, added, needed = (
        sum(len(f.missed) for f in every),
        sum(len(f.added) for f in every),
        sum(f.needed for f in every),
    )
    return (
        f"{len(every)} films, {frames} frames: the network was asked of {asked / frames:.1%}\n"
        f"{full} boundaries with the network everywhere; gated, {missed} of them differ or are missing and {added} are new\n"
        f"the gate's recall: {1 - missed / max(full, 1):.4f}; {needed} boundaries need the network at all"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path, nargs="+")
    parser.add_argument("--json", action="store_true", help="one line per film")
    arguments = parser.parse_args()
    films = [compare(film) for film in arguments.film]
    print("\n".join(json.dumps(asdict(film)) for film in films) if arguments.json else summary(films))
    for film in films:
        if (film.missed or film.added) and not arguments.json:
            print(f"{film.film}: full {film.missed}, gated {film.added}")


if __name__ == "__main__":
    main()
