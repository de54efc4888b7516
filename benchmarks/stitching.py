"""Tells shots of one scene from shots of two, at the true borders of rendered films: precision and recall of "same scene".

    python -m benchmarks.stitching FOLDER [--min M] [--max M] [--embedder NAME --weights FOLDER] [--json]

``FOLDER`` holds films with their truth in ``.truth`` (``benchmarks/shot_set.py`` renders some). Two shots are of one scene if
they show the same photograph, in other crops and camera moves. A border is judged on the pictures that stitching has of it:
``layout`` sees the last frame before and the first after the transition at 48x27, a learned embedder those four frames further
in. Without ``--min`` and ``--max`` the table shows what each least similarity would give, with the band's upper end open, so that
it can be chosen; on films that it is not chosen on, name both. How transitions are found plays no part here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from operators.decode import decode_film
from operators.embedders.choice import SOURCES, EmbedderChoice
from operators.frame_scaler import FOR_MEASURING, FrameScaler
from operators.layout_embedding import layout_embedding, layout_similarity
from operators.picture_models.picture_keeper import OFF_BORDER, picture_size
from operators.picture_models.protocol import Picture, PictureModel
from operators.picture_models.weights import WeightsSettings
from operators.sample_films.truth import FilmTruth, read_truth, truth_path

STEPS = tuple(round(0.05 * step, 2) for step in range(1, 20))

Compare = Callable[[list[Picture]], list[float]]
"""``2n`` pictures, each one before a border and the one after it in turn -> ``n`` similarities."""


@dataclass(frozen=True)
class Border:
    """``kind`` of the transition; ``same``: whether both shots show one scene."""

    film: str
    kind: str
    same: bool
    similarity: float


@dataclass(frozen=True)
class Score:
    """Borders that were called "same scene" within ``[least, greatest]``. ``right`` of the ``same`` true ones were."""

    least: float
    greatest: float
    called: int
    right: int
    same: int

    @property
    def precision(self) -> float:
        return self.right / self.called if self.called else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.same if self.same else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def score(borders: Sequence[Border], least: float, greatest: float = 1.0) -> Score:
    called = [border for border in borders if least <= border.similarity <= greatest]
    right = sum(border.same for border in called)
    return Score(least, greatest, len(called), right, sum(border.same for border in borders))


def measure_borders(
    film: Path, off: int, size: Callable[[FilmTruth], tuple[int, int]], compare: Compare
) -> list[Border]:
    """``off``: how many frames beside the border pictures are taken, within the shot. Truth's frames are the decoded ones."""
    truth = read_truth(film)
    shots = {shot.index: shot for shot in truth.shots}
    inner = [transition for transition in truth.transitions if transition.after_shot + 1 in shots]
    wanted = [at for each in inner for at in _beside(truth, each.after_shot, off)]
    pictures = _pictures(film, set(wanted), size(truth))
    alike = compare([pictures[at] for at in wanted])
    return [
        Border(film.name, each.kind, shots[each.after_shot].scene == shots[each.after_shot + 1].scene, value)
        for each, value in zip(inner, alike, strict=True)
    ]


def _beside(truth: FilmTruth, after_shot: int, off: int) -> tuple[int, int]:
    before, after = (next(shot for shot in truth.shots if shot.index == after_shot + place).frames for place in (0, 1))
    return max(before[0], before[1] - 1 - off), min(after[1] - 1, after[0] + off)


def _pictures(film: Path, frames: set[int], size: tuple[int, int]) -> dict[int, Picture]:
    scaler = FrameScaler(FOR_MEASURING)
    return {
        frame.index: scaler.to_array(frame.picture, *size)
        for frame in decode_film(film, threads=1, max_corrupt_share=1.0)
        if frame.index in frames
    }


def compare_layouts(pictures: list[Picture]) -> list[float]:
    described = [layout_embedding(picture) for picture in pictures]
    return [layout_similarity(one, other) for one, other in zip(described[::2], described[1::2], strict=True)]


def compare_by(model: PictureModel) -> Compare:
    def compare(pictures: list[Picture]) -> list[float]:
        vectors: npt.NDArray[np.float32] = model.measure(pictures) if pictures else np.zeros((0, 1), np.float32)
        return [float(one @ other) for one, other in zip(vectors[::2], vectors[1::2], strict=True)]

    return compare


def table(borders: Sequence[Border], scores: Sequence[Score]) -> str:
    films = len({border.film for border in borders})
    same = sum(border.same for border in borders)
    lines = [f"{len(borders)} borders in {films} films, {same} of them within one scene", ""]
    lines += ["| least | greatest | called same | right | precision | recall | F1 |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {each.least:.2f} | {each.greatest:.2f} | {each.called} | {each.right} "
        f"| {each.precision:.3f} | {each.recall:.3f} | {each.f1:.3f} |"
        for each in scores
    ]
    for name, wanted in (("one scene", True), ("two scenes", False)):
        values = [border.similarity for border in borders if border.same == wanted]
        if values:
            marks = "  ".join(f"{share}%: {np.percentile(values, share):.2f}" for share in (1, 5, 25, 50, 75, 95, 99))
            lines.append(f"\nsimilarities, {name}: {marks}")
    return "\n".join(lines)


def _films(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_file() and truth_path(each).is_file())


def _measure(films: Sequence[Path], options: argparse.Namespace) -> list[Border]:
    borders: list[Border] = []
    if options.embedder == "layout":
        for film in films:
            borders += measure_borders(film, 0, lambda truth: (48, 27), compare_layouts)
        return borders
    model = EmbedderChoice(options.embedder, WeightsSettings(source=options.weights)).load("auto")
    for film in films:
        borders += measure_borders(
            film, OFF_BORDER, lambda truth: picture_size(truth.width, truth.height, model.side), compare_by(model)
        )
    return borders


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--min", type=float, help="the band's lower end")
    parser.add_argument("--max", type=float, default=1.0, help="the band's upper end")
    parser.add_argument("--embedder", choices=["layout", *SOURCES], default="layout")
    parser.add_argument("--weights", default="", help="the embedder's weights, where not its own")
    parser.add_argument("--json", action="store_true", help="print borders and scores as JSON")
    options = parser.parse_args(arguments)
    films = _films(options.folder)
    if not films:
        sys.exit(f"stitching: no film in {options.folder} has its truth beside it in .truth")
    borders = _measure(films, options)
    least = STEPS if options.min is None else (options.min,)
    scores = [score(borders, each, options.max) for each in least]
    if options.json:
        print(json.dumps({"borders": [asdict(each) for each in borders], "scores": [asdict(each) for each in scores]}))
    else:
        print(table(borders, scores))


if __name__ == "__main__":
    main()
