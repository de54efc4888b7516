"""The mask-and-tuning table in miniature: films are rendered, ``shotloom build`` makes corpora of them, a small video transformer
is trained on single shots, tuned on clips of several, and asked for clips that cut where it is told.

    python -m benchmarks.miniature WORK [--out FOLDER] [--short] [--threads N]

WORK keeps every part that is done, apart by settings: run it again to go on. ``--out``: where results.json and strips.png go, by
default beside this file, where notebooks/02-train-in-miniature.ipynb shows them. ``--short``: a run of two or three minutes that
shows no more than that everything works.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.miniature.results import STORED, table
from benchmarks.miniature.run import Miniature
from benchmarks.miniature.settings import FULL, SHORT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    miniature = Miniature(SHORT if arguments.short else FULL, arguments.work, lambda said: print(said, flush=True))
    results = miniature.results()
    out = arguments.out or (arguments.work if arguments.short else STORED)
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(results.model_dump_json(indent=1) + "\n")
    miniature.strips().save(out / "strips.png")
    print(table(results))


if __name__ == "__main__":
    main()
