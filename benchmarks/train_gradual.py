"""Trains the gradual network (``operators/gradual_network.py``) on made-up films, on rendered ones of the tuning half's looks,
and on ones of the photographs of ``photograph_packages.py``.

    python -m benchmarks.train_gradual FOLDER [--films 160] [--made 1200] [--joined 240] [--single 600] [--steps 12800]

Makes the films into ``FOLDER`` (kept there as small frames and labels, so that a second run only trains), trains on
one thread, and writes ``operators/gradual_network.npz``. The seeds are not those of the benchmark set, and nothing of
its test half is used: neither its photographs nor its grades, wipes, sprites or layers. Made-up films
(``made_films/``) are drawn from random scenes, wipe masks, curves and lights of every kind, so that the network learns
what a transition is and not what a few look like.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.development_set import Amounts, rough_plans, stored_films
from benchmarks.made_films.made_film import LabelledFrames, made_film, unbroken_film
from benchmarks.photograph_palettes import add_photograph_palettes
from benchmarks.shot_scoring import Gap
from operators.cut_evidence import cut_evidence
from operators.decode import decode_film
from operators.frame_scaler import FOR_MEASURING, FrameScaler
from operators.gradual_features import FEATURES, gradual_features
from operators.gradual_network import CLASSES, DILATIONS, LARGEST_FEATURE, WEIGHTS
from operators.runs import runs_of
from operators.sample_films.families import FAMILIES, Family
from operators.sample_films.plans import FilmPlan, JoinKind
from operators.sample_films.random_film import random_film
from operators.sample_films.render import film_name, render_film
from operators.transition_window import Floats, Window

FIRST_SEED = 50000
FIRST_RESTLESS_SEED = 60000
FIRST_JOINED_SEED = 70000
FIRST_SINGLE_SEED = 80000
MADE_CHANCES = (4.0, 3.0, 3.0, 1.5)
CHANNELS = 80
STRETCH = 256
BATCH = 16
HIGHEST_RATE = 3e-3
IGNORED = -100
END_SHARE = 0.2
END_WEIGHT = 2.0
CUT_WEIGHT = 3.0

MORE_GRADUAL: tuple[tuple[JoinKind, int], ...] = (("cut", 3), ("dissolve", 4), ("fade", 2), ("wipe", 4))
SHORT_GRADUAL: tuple[tuple[JoinKind, int], ...] = (("cut", 6), ("dissolve", 3), ("fade", 2), ("wipe", 2))


@dataclass(frozen=True)
class Example:
    """One film: ``features (N, F)`` in half precision, ``kinds (N,)`` as indices into ``CLASSES``, ``weights (N,)``,
    ``cuts (N,)``."""

    features: npt.NDArray[np.float16]
    kinds: npt.NDArray[np.int64]
    weights: Floats
    cuts: Floats


def training_families() -> dict[str, Family]:
    """The benchmark's families with more and longer gradual transitions, and two of nearly uncut films."""
    more = {
        f"more-{name}": replace(family, joins=MORE_GRADUAL, join_length=(2, 60)) for name, family in FAMILIES.items()
    }
    more["more-short"] = replace(FAMILIES["short"], joins=SHORT_GRADUAL, join_length=(2, 10))
    single = replace(FAMILIES["restless"], shots=(1, 2), length=(120, 220), joins=(("cut", 1),))
    calm = replace(FAMILIES["plain"], shots=(1, 3), length=(100, 200), speed=4.0)
    return more | {"single": single, "calm": calm}


def restless_families() -> dict[str, Family]:
    """What is no transition and may look like one: whip pans, and things that fill the picture and go by."""
    restless = replace(FAMILIES["restless"], shots=(2, 4), length=(50, 120), joins=(("cut", 4), ("wipe", 1)))
    return {
        "whipped": replace(restless, whips=0.8),
        "crowded": replace(restless, sprites=1.0, big_sprites=0.8, layers=0.8),
    }


def training_plans(films: int) -> Iterator[FilmPlan]:
    """``films`` of the ordinary families and a fifth as many restless ones."""
    for families, first, count in (
        (training_families(), FIRST_SEED, films),
        (restless_families(), FIRST_RESTLESS_SEED, films // 5),
    ):
        FAMILIES.update(families)
        for number in range(count):
            yield random_film(first + number, "tune", list(families)[number % len(families)])


def rendered_frames(folder: Path, films: int) -> Iterator[Path]:
    """Films as ``.npz``: ``small (N, 27, 48, 3) uint8``, ``kind (N,)``, ``cut (N,)``, ``fps``; made where missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for plan in training_plans(films):
        film = folder / film_name(plan)
        stored = folder / f"{film.stem}.npz"
        if not stored.exists():
            truth = render_film(plan, film)
            scaler = FrameScaler(FOR_MEASURING)
            small = np.stack([scaler.to_array(frame.picture, 48, 27) for frame in decode_film(film)])
            gaps = [Gap(each.kind, *each.frames) for each in truth.transitions]
            kind, cut = _labels(truth.frames, [*gaps, *(Gap("fade", *each.frames) for each in truth.edges)])
            np.savez(stored, small=small, kind=kind, cut=cut, fps=float(Fraction(truth.fps)))
            film.unlink()
        yield stored


def photographed_frames(folder: Path, amounts: Amounts) -> Iterator[Path]:
    """As ``rendered_frames``, of the palette ``gallery``."""
    add_photograph_palettes(folder / "photographs")
    for film in stored_films(folder / "photographed", rough_plans(("gallery",), amounts)):
        labelled = folder / f"{film.name}.npz"
        if not labelled.exists():
            kind, cut = _labels(len(film.small), (*film.truth, *film.edges))
            np.savez(labelled, small=film.small, kind=kind, cut=cut, fps=film.fps)
        yield labelled


def made_frames(folder: Path, films: int) -> Iterator[Path]:
    """As ``rendered_frames``, of made-up films; for every four a fifth without transitions."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(films):
        yield _stored(folder / f"made-{seed:05d}.npz", partial(made_film, seed, MADE_CHANCES))
    for seed in range(films // 4):
        yield _stored(folder / f"made-unbroken-{seed:05d}.npz", partial(unbroken_film, seed))


def _stored(path: Path, make: Callable[[], LabelledFrames]) -> Path:
    if not path.exists():
        film = make()
        np.savez(path, small=film.small, kind=film.kind, cut=film.cut, fps=film.fps)
    return path


def _labels(frames: int, gaps: Iterable[Gap]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    kind, cut = np.zeros(frames, np.uint8), np.zeros(frames, np.uint8)
    for gap in gaps:
        if gap.gradual:
            kind[gap.start : gap.end] = CLASSES.index(gap.kind)
        else:
            cut[gap.start] = 1
    return kind, cut


def examples_of(stored: Path, dice: np.random.Generator) -> Iterator[Example]:
    """The film as it is or darker; a rendered one also played backwards, and at double speed."""
    with np.load(stored) as film:
        small, kind, cut, fps = film["small"], film["kind"], film["cut"], float(film["fps"])
    gain = dice.uniform(0.3, 1.0) if dice.random() < 0.3 else 1.0
    yield _example((small * gain).astype(np.uint8), kind, cut, fps)
    if stored.name.startswith("made-"):
        return
    backwards = np.concatenate([cut[:1], cut[:0:-1]])
    yield _example(small[::-1], kind[::-1], backwards, fps)
    double = np.zeros(len(small[::2]), np.uint8)
    double[np.minimum((np.flatnonzero(cut) + 1) // 2, len(double) - 1)] = 1
    yield _example(small[::2], kind[::2], double, fps)


def _example(small: np.ndarray, kind: np.ndarray, cut: np.ndarray, fps: float) -> Example:
    window = Window.of_pictures(small, fps)
    features = gradual_features(window, cut_evidence(window)).astype(np.float16)
    kinds, weights = kind.astype(np.int64), np.ones(len(kind), np.float32)
    for start, end in runs_of(kind > 0):
        part = max(1, round(END_SHARE * (end - start)))
        weights[start : start + part] = weights[end - part : end] = END_WEIGHT
    return Example(features, kinds, weights, cut.astype(np.float32))


class GradualNetwork(nn.Module):
    """What ``gradual_answers`` computes, before its softmax and sigmoid; ``(B, F, N) -> (B, 5, N)``."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(FEATURES, CHANNELS, 1)
        self.middle = nn.Sequential(*(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS))
        self.last = nn.Conv1d(CHANNELS, len(CLASSES) + 1, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        state = torch.relu(self.first(features))
        for layer in self.middle:
            state = state + torch.relu(layer(state))
        return cast(torch.Tensor, self.last(state))


class Stretches:
    """Draws batches of stretches of films, long films more often."""

    def __init__(self, examples: list[Example], mean: Floats, deviation: Floats, dice: np.random.Generator) -> None:
        self._dice = dice
        self._examples = examples
        self._mean, self._deviation = mean, deviation
        lengths = np.array([len(each.kinds) for each in examples], np.float64)
        self._chances = lengths / lengths.sum()

    def batch(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        features, kinds = np.zeros((BATCH, FEATURES, STRETCH), np.float32), np.full((BATCH, STRETCH), IGNORED)
        weights, cuts = np.zeros((BATCH, STRETCH), np.float32), np.zeros((BATCH, STRETCH), np.float32)
        for row, chosen in enumerate(self._dice.choice(len(self._examples), BATCH, p=self._chances)):
            example = self._examples[chosen]
            start = self._dice.integers(0, max(1, len(example.kinds) - STRETCH + 1))
            taken = slice(start, start + STRETCH)
            count = len(example.kinds[taken])
            features[row, :, :count] = _scaled(example.features[taken], self._mean, self._deviation).T
            kinds[row, :count], weights[row, :count] = example.kinds[taken], example.weights[taken]
            cuts[row, :count] = example.cuts[taken]
        features += 0.05 * self._dice.standard_normal(features.shape, np.float32)
        if self._dice.random() < 0.5:
            features *= self._dice.random((1, FEATURES, 1)) > 0.05
        return torch.from_numpy(features), torch.from_numpy(kinds), torch.from_numpy(weights), torch.from_numpy(cuts)


def _scaled(features: npt.NDArray[np.floating], mean: Floats, deviation: Floats) -> Floats:
    scaled = np.clip((features - mean) / deviation, -LARGEST_FEATURE, LARGEST_FEATURE)
    return cast(Floats, scaled.astype(np.float32))


def loss_of(out: torch.Tensor, kinds: torch.Tensor, weights: torch.Tensor, cuts: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the kinds, ends of transitions weighing more, plus that of cuts."""
    each = nn.functional.cross_entropy(out[:, : len(CLASSES)], kinds, ignore_index=IGNORED, reduction="none")
    cut_weight = torch.tensor(CUT_WEIGHT)
    cut = nn.functional.binary_cross_entropy_with_logits(
        out[:, len(CLASSES)], cuts, reduction="none", pos_weight=cut_weight
    )
    known = (weights > 0).float()
    return (each * weights).sum() / weights.sum() + (cut * known).sum() / known.sum()


def train(examples: list[Example], steps: int) -> dict[str, Floats]:
    """The weights as ``gradual_network`` reads them."""
    dice = np.random.default_rng(0)
    every = np.concatenate([example.features for example in examples[::4]]).astype(np.float32)
    mean, deviation = every.mean(axis=0), every.std(axis=0) + np.float32(1e-3)
    stretches = Stretches(examples, mean, deviation, dice)
    torch.manual_seed(1)
    network = GradualNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=HIGHEST_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, HIGHEST_RATE, total_steps=steps)
    for step in range(steps):
        features, *labels = stretches.batch()
        loss = loss_of(network(features), *labels)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 200 == 199:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
    return {"mean": mean, "deviation": deviation} | _exported(network)


def _exported(network: GradualNetwork) -> dict[str, Floats]:
    """Matrices from channels in to channels out, as NumPy multiplies; of three taps in the middle."""
    state = {name: values.numpy() for name, values in network.state_dict().items()}
    exported = {
        f"{ours}.weight": state[f"{name}.weight"][:, :, 0].T for ours, name in (("in", "first"), ("out", "last"))
    }
    exported |= {f"{ours}.bias": state[f"{name}.bias"] for ours, name in (("in", "first"), ("out", "last"))}
    for layer in range(len(DILATIONS)):
        exported[f"{layer}.weight"] = state[f"middle.{layer}.weight"].transpose(2, 1, 0)
        exported[f"{layer}.bias"] = state[f"middle.{layer}.bias"]
    return exported


def write_weights(weights: dict[str, Floats], path: Path) -> None:
    """Matrices in half precision: the answers move by less than 0.001."""
    small = {name: values.astype(np.float16 if "weight" in name else np.float32) for name, values in weights.items()}
    np.savez_compressed(path, allow_pickle=False, **small)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the gradual network on rendered films.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, default=160)
    parser.add_argument("--made", type=int, default=1200)
    parser.add_argument("--joined", type=int, default=240, help="films of photographs, of every family")
    parser.add_argument("--single", type=int, default=600, help="films of photographs, of one shot")
    parser.add_argument("--steps", type=int, default=12800)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    dice = np.random.default_rng(0)
    amounts = Amounts(options.joined, options.single, first_joined=FIRST_JOINED_SEED, first_single=FIRST_SINGLE_SEED)
    stored = chain(
        rendered_frames(options.folder, options.films),
        photographed_frames(options.folder, amounts),
        made_frames(options.folder, options.made),
    )
    examples = [example for path in stored for example in examples_of(path, dice)]
    write_weights(train(examples, options.steps), options.out)


if __name__ == "__main__":
    main()
