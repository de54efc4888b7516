"""What attention within shots costs beside attention over the whole clip, forward and backward, on this machine's processor.

    python -m benchmarks.attention [--rounds 11] [--threads N] [--clock wall|processor] [--json]

float32, 12 heads x 128 channels, 20 latents of 192 tokens. All cases are run in turns, so that whatever else the machine does
falls on all of them; a case's seconds are its median. ``kept`` is the share of the S x S scores that the mask leaves, the first
latent being seen by every shot. Without overhead a case would take that share of the time of ``full``; its efficiency is ``kept``
over what it took. On a busy machine the processor's time of one thread says more than the wall's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import torch

from training.model.attention import self_attention
from training.model.plan import BatchPlan
from training.model.positions import Grid
from training.model.sample_plan import AttentionBackend, PlanSettings, SamplePlan, TextPart

HEADS, HEAD_WIDTH = 12, 128
GRID = Grid(frames=20, rows=12, columns=16)
GOALS: Mapping[str, float] = {"2 shots": 0.90, "3 shots": 0.90, "4 shots": 0.85}
"""Least efficiency."""

CLOCKS: Mapping[str, Callable[[], float]] = {"wall": time.perf_counter, "processor": time.process_time}


@dataclass(frozen=True)
class Case:
    """``shots``: how many, of even length."""

    name: str
    shots: int
    backend: AttentionBackend = "sdpa_segments"

    def starts(self, frames: int) -> tuple[int, ...]:
        return tuple(-(-shot * frames // self.shots) for shot in range(self.shots))

    def plan(self, grid: Grid, head_width: int) -> BatchPlan:
        settings = PlanSettings(masked_layers=(0, 0), time="off", backend=self.backend)
        return BatchPlan.build([SamplePlan(self.starts(grid.frames), (TextPart(1),))], grid, head_width, settings)


FULL = Case("full", 1)
CASES = (FULL, Case("2 shots", 2), Case("3 shots", 3), Case("4 shots", 4), Case("3 shots, dense mask", 3, "dense"))


@dataclass(frozen=True)
class Line:
    """Of one case: median seconds, their ratio to those of ``full``, the share of scores ``kept``, and one over the other."""

    name: str
    seconds: float
    ratio: float
    kept: float

    @property
    def efficiency(self) -> float:
        return self.kept / self.ratio


def kept_share(plan: BatchPlan) -> float:
    """The share of the S x S scores of a batch of one sample that its mask leaves."""
    first = plan.grid.per_frame
    scores = [
        (end - start) * (end - start + (first if number else 0))
        for number, (start, end) in enumerate(plan.shot_tokens(0))
    ]
    return sum(scores) / plan.grid.tokens**2


def measure(cases: Sequence[Case], grid: Grid, rounds: int, clock: Callable[[], float]) -> list[Line]:
    """The first of ``cases`` is what the others are held against. One round more is run before, and not counted."""
    generator = torch.Generator().manual_seed(0)
    shape = (4, 1, grid.tokens, HEADS, HEAD_WIDTH)
    q_BSND, k_BSND, v_BSND, gradient = torch.randn(shape, generator=generator).unbind(0)
    inputs = [x.requires_grad_() for x in (q_BSND, k_BSND, v_BSND)]
    plans = [case.plan(grid, HEAD_WIDTH) for case in cases]
    taken: list[list[float]] = [[] for _ in cases]
    for number in range(rounds + 1):
        for plan, seconds in zip(plans, taken, strict=True):
            started = clock()
            torch.autograd.grad(self_attention(*inputs, plan, 0), inputs, gradient)
            if number:
                seconds.append(clock() - started)
    medians = [statistics.median(seconds) for seconds in taken]
    return [
        Line(case.name, median, median / medians[0], kept_share(plan) if case.shots > 1 else 1.0)
        for case, plan, median in zip(cases, plans, medians, strict=True)
    ]


def table(lines: Sequence[Line]) -> str:
    rows = ["| case | seconds | of full | kept | efficiency | goal |", "|---|---|---|---|---|---|"]
    for line in lines:
        goal = GOALS.get(line.name)
        wanted = "–" if goal is None else f"{goal:.2f}: {'reached' if line.efficiency >= goal else 'not reached'}"
        kept = f"{line.seconds:.3f} | {line.ratio:.3f} | {line.kept:.3f} | {line.efficiency:.2f}"
        rows.append(f"| {line.name} | {kept} | {wanted} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lines = measure(CASES, GRID, arguments.rounds, CLOCKS[arguments.clock])
    print(json.dumps([asdict(line) for line in lines], indent=1) if arguments.json else table(lines))


if __name__ == "__main__":
    main()
