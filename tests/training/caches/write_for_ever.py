"""Writes one entry again and again, to be killed: ``python -m tests.training.caches.write_for_ever FOLDER``."""

from __future__ import annotations

import sys

import torch

from training.caches.entry import EntryFolder, EntryKey


class PairKey(EntryKey):
    encoder: str
    number: int


KEY = PairKey(encoder="umt5", number=1)
VALUES = torch.linspace(-2, 2, 5000).view(50, 100).to(torch.bfloat16)

if __name__ == "__main__":
    entries = EntryFolder.at(sys.argv[1], "texts")
    print("ready", flush=True)
    while True:
        entries.write(KEY, VALUES)
