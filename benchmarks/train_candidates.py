"""Trains the two networks of ``operators/candidate_network.py``, which decide what a found candidate is.

    python -m benchmarks.train_candidates FOLDER [--without gallery|tune|views|plates] [--out FILE]

Renders films of four palettes (``photograph_palettes.py``, ``development_palette.py``, and the tuning half's), whose seeds are
those of no set, lets the detector find candidates in them, and fits. ``FOLDER`` keeps the films as small frames, so that a
second run only looks and fits. ``--without`` leaves a palette out, to judge on it what was learned from the others; the palette
``salon`` is never learned from. Nothing of the test half is used. The gradual network must have been trained before, and on
none of these films, or its candidates would be better than those of other films.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.development_palette import add_palettes
from benchmarks.development_set import Amounts, StoredFilm, rough_plans, stored_films
from benchmarks.photograph_palettes import add_photograph_palettes
from benchmarks.shot_scoring import Gap
from operators.candidate_network import LARGEST, WEIGHTS, Candidates, candidate_cuts
from operators.cut_evidence import cut_evidence
from operators.cuts import picture_likelihood
from operators.gradual_network import gradual_answers
from operators.gradual_spans import Span, gradual_spans
from operators.sample_films.plans import Half
from operators.second_look import Scenery, cut_look, span_look
from operators.split import held_spans
from operators.transition_window import Floats, Window

LOOKS: tuple[Half, ...] = ("gallery", "tune", "views", "plates")
AMOUNTS = Amounts(joined=8, single=60, first_joined=17000, first_single=18000)
OF_PHOTOGRAPHS = Amounts(joined=150, single=600, even=600, first_joined=17000, first_single=18000, first_even=68000)
NEAR = 2
LEAST_IOU = 0.3
HIDDEN, MEMBERS = 32, 3
STEPS, BATCH = 3000, 256
HIGHEST_RATE, DECAY = 1e-2, 0.02
NOISE, DROPPED, SOFT = 0.1, 0.2, 0.01


@dataclass(frozen=True)
class Example:
    """A candidate of a film: what is seen of it, and whether it is one."""

    of: Candidates
    values: Floats
    true: bool


def film_examples(film: StoredFilm) -> Iterator[Example]:
    """The film's candidates. Those that touch a true gap without being it, or the film's ends, teach nothing."""
    window = Window.of_pictures(film.small, film.fps)
    evidence = cut_evidence(window)
    answers, scenery = gradual_answers(window, evidence), Scenery(window)
    likelihood = picture_likelihood(evidence, answers)
    for at in candidate_cuts(likelihood):
        true = Gap("cut", at, at) in film.truth
        if true or not _touches(film, at, at):
            yield Example("cut", cut_look(scenery, evidence, answers, at), true)
    spans = gradual_spans(answers)
    for span in [*spans, *held_spans(window, likelihood, answers, spans)]:
        true = any(_share(span, gap) >= LEAST_IOU for gap in film.truth)
        inside = span.start > 0 and span.end < len(window)
        if inside and (true or not _touches(film, span.start, span.end)):
            yield Example("span", span_look(scenery, evidence, answers, span), true)


def _touches(film: StoredFilm, start: int, end: int) -> bool:
    return any(gap.start - NEAR <= end and start <= gap.end + NEAR for gap in (*film.truth, *film.edges))


def _share(span: Span, gap: Gap) -> float:
    shared = max(0, min(span.end, gap.end) - max(span.start, gap.start))
    return shared / max(1, max(span.end, gap.end) - min(span.start, gap.start))


def fitted(of: Candidates, examples: Sequence[Example]) -> dict[str, npt.NDArray[np.float32]]:
    """A few networks of two hidden layers, side by side as one whose answers are their mean."""
    values = np.stack([example.values for example in examples if example.of == of])
    true = np.array([example.true for example in examples if example.of == of], np.float32)
    mean, deviation = values.mean(axis=0), values.std(axis=0) + np.float32(1e-3)
    scaled = torch.from_numpy(np.clip((values - mean) / deviation, -LARGEST, LARGEST).astype(np.float32))
    members = [_member(scaled, torch.from_numpy(true), seed) for seed in range(MEMBERS)]
    first, middle, last = ([member[layer] for member in members] for layer in range(3))
    return {
        f"{of}.mean": mean,
        f"{of}.deviation": deviation,
        f"{of}.in.weight": np.concatenate([layer.weight.detach().numpy() for layer in first]).T,
        f"{of}.in.bias": np.concatenate([layer.bias.detach().numpy() for layer in first]),
        f"{of}.middle.weight": torch.block_diag(*(layer.weight.detach() for layer in middle)).numpy().T,
        f"{of}.middle.bias": np.concatenate([layer.bias.detach().numpy() for layer in middle]),
        f"{of}.out.weight": np.concatenate([layer.weight.detach().numpy()[0] for layer in last]) / MEMBERS,
        f"{of}.out.bias": np.mean([layer.bias.detach().numpy()[0] for layer in last], dtype=np.float32),
    }


def _member(scaled: torch.Tensor, true: torch.Tensor, seed: int) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
    torch.manual_seed(seed)
    first, middle, last = nn.Linear(scaled.shape[1], HIDDEN), nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
    network = nn.Sequential(first, nn.Tanh(), nn.Dropout(DROPPED), middle, nn.Tanh(), nn.Dropout(DROPPED), last)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, HIGHEST_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(0, len(scaled), (BATCH,))
        out = network(scaled[chosen] + NOISE * torch.randn(BATCH, scaled.shape[1]))[:, 0]
        wanted = SOFT + (1 - 2 * SOFT) * true[chosen]
        loss = nn.functional.binary_cross_entropy_with_logits(out, wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return first, middle, last


def training_films(folder: Path, looks: Sequence[Half]) -> Iterator[StoredFilm]:
    """Films of these palettes, kept in ``folder``."""
    others = [look for look in looks if look != "gallery"]
    add_palettes(folder / "photographs", others)
    yield from stored_films(folder, rough_plans(others, AMOUNTS))
    if "gallery" in looks:
        add_photograph_palettes(folder / "photographs")
        yield from stored_films(folder, rough_plans(("gallery",), OF_PHOTOGRAPHS))


def examples_of(films: Iterable[StoredFilm]) -> list[Example]:
    return [example for film in films for example in film_examples(film)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Train what decides about candidates.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--without", choices=LOOKS, help="learn from the other palettes alone")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    looks = [look for look in LOOKS if look != options.without]
    examples = examples_of(training_films(options.folder, looks))
    np.savez_compressed(options.out, allow_pickle=False, **fitted("cut", examples), **fitted("span", examples))
    for of in ("cut", "span"):
        told = [example.true for example in examples if example.of == of]
        print(f"{of}: {len(told)} candidates, {sum(told)} of them true")


if __name__ == "__main__":
    main()
