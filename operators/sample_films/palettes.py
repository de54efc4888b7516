"""What the two halves of the random films may show.

They share no photograph, grade, sprite, layer, wipe shape or title, and of the dissolve curves only the linear one,
which every editing program uses.
"""

from __future__ import annotations

from dataclasses import dataclass

from operators.sample_films.plans import Curve, Half


@dataclass(frozen=True)
class Palette:
    """What one half may use."""

    photographs: tuple[str, ...]
    grades: tuple[str, ...]
    dark_grades: tuple[str, ...]
    sprites: tuple[str, ...]
    layers: tuple[str, ...]
    wipes: tuple[str, ...]
    curves: tuple[Curve, ...]
    titles: tuple[str, ...]


PALETTES: dict[Half, Palette] = {
    "tune": Palette(
        photographs=("flower", "cat", "rocket", "motorcycle", "camera", "coins", "grass", "retina"),
        grades=("neutral", "golden", "steel", "silver"),
        dark_grades=("dusk", "night"),
        sprites=("ball", "balloon", "bird"),
        layers=("bokeh", "hills", "snow"),
        wipes=("left", "up", "diagonal", "iris", "barn_doors", "push_left", "push_up"),
        curves=("linear", "smooth"),
        titles=("PART ONE", "The next morning", "Somewhere else"),
    ),
    "test": Palette(
        photographs=("temple", "astronaut", "coffee", "galaxies", "moon", "clock", "gravel", "tissue"),
        grades=("postcard", "teal", "bleach", "sepia"),
        dark_grades=("cellar", "midnight"),
        sprites=("kite", "leaf", "star", "paper_plane"),
        layers=("dust", "fence", "leaves"),
        wipes=("right", "down", "antidiagonal", "clock", "iris_in", "curtain", "blinds", "push_right", "push_down"),
        curves=("linear", "sine", "quick"),
        titles=("CHAPTER TWO", "Ten years later", "Far from home"),
    ),
}
