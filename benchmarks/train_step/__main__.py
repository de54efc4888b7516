"""What a training step costs, and what feeding it costs.

    python -m benchmarks.train_step blocks [--layers 4] [--rounds 3] [--threads N] [--clock wall|processor] [--tuning NAME]
    python -m benchmarks.train_step whole [--rounds 5] [--small]
    python -m benchmarks.train_step feed CORPUS [--batches 12] [--step 1.0]

``blocks``: whole steps (loss, gradients, clipping, AdamW) of a stack of Wan2.1-1.3B's blocks, float32, all of them masked, for
clips of one to four shots in turns; medians, and the peak memory of the process. ``--tuning``: only this one, may be repeated:
"adapters" (rank 64), "full", each also "..., all kept", without gradient checkpointing.

``whole``: the same of the whole model, at 81 frames of 480 x 832 on a GPU, ours beside diffusers' with shot masks as a boolean
tensor. ``--small``: of a tiny model on the processor, which says nothing but that it runs.

``feed``: how long one batch of a clip of CORPUS takes to be read from caches and laid out at 81 frames of 480 x 832 (the caches
are filled with random numbers of the real sizes, and thrown away), how much of that is its plan, and how long steps have to wait
for batches that are made beside them. ``--step``: seconds that a step is taken to last; it sleeps.

In tables "counted" is the ratio of counted operations to those of the clip of one shot: what the seconds would be without overhead.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch

from benchmarks.attention import CLOCKS
from benchmarks.train_step.blocks import LATENTS, TUNINGS, StackWish, measure_tunings
from benchmarks.train_step.feed import measure_feed
from benchmarks.train_step.turns import STEPS_HEAD, steps_table
from benchmarks.train_step.whole import FULL_SIZE, SMALL, SMALL_SIZE, WholeWish, measure_sides
from training.model.wan import WanConfig


def main() -> None:
    arguments = _parser().parse_args()
    {"blocks": _blocks, "whole": _whole, "feed": _feed}[arguments.way](arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = parser.add_subparsers(required=True, dest="way")
    blocks = ways.add_parser("blocks")
    blocks.add_argument("--layers", type=int, default=4)
    blocks.add_argument("--rounds", type=int, default=3)
    blocks.add_argument("--threads", type=int, default=torch.get_num_threads())
    blocks.add_argument("--clock", choices=CLOCKS, default="wall")
    blocks.add_argument("--tuning", choices=TUNINGS, action="append")
    whole = ways.add_parser("whole")
    whole.add_argument("--rounds", type=int, default=5)
    whole.add_argument("--small", action="store_true")
    feed = ways.add_parser("feed")
    feed.add_argument("corpus", type=Path)
    feed.add_argument("--batches", type=int, default=12)
    feed.add_argument("--step", type=float, default=1.0, help="seconds")
    return parser


def _blocks(arguments: argparse.Namespace) -> None:
    config = WanConfig(layers=arguments.layers)
    wish = StackWish(config, LATENTS, arguments.rounds, arguments.threads, arguments.clock)
    print(*STEPS_HEAD, sep="\n", flush=True)
    for name, found in measure_tunings(wish, tuple(arguments.tuning or TUNINGS)):
        print(*steps_table(name, found), sep="\n", flush=True)


def _whole(arguments: argparse.Namespace) -> None:
    if not (arguments.small or torch.cuda.is_available()):
        raise SystemExit("there is no GPU; --small tries all parts on the processor")
    config, size, device = (SMALL, SMALL_SIZE, "cpu") if arguments.small else (WanConfig(), FULL_SIZE, "cuda")
    print(*STEPS_HEAD, sep="\n", flush=True)
    for side, found in measure_sides(WholeWish(config, size, arguments.rounds, device)):
        rows = [f"| {side} | – | out of memory | – | – | – | – |"] if found is None else steps_table(side, found)
        print(*rows, sep="\n", flush=True)


def _feed(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        cost = measure_feed(arguments.corpus, Path(folder), arguments.batches, arguments.step)
    print(
        f"a batch: {1000 * cost.making:.0f} ms; of the processor {1000 * cost.working:.0f} ms, "
        f"of these {1000 * cost.planning:.0f} ms for its plan of {cost.tokens:,} tokens\n"
        f"steps of {arguments.step:g} s waited {cost.waited:.3f} s in all, {cost.waited_share:.2%} of the time"
    )


if __name__ == "__main__":
    main()
