"""How many pairs of alike clips the index over embeddings finds, and how long it takes.

    python -m benchmarks.alike_clips [--clips 200000] [--dimensions 768] [--least 0.95]

Vectors are made up: directions of a 32-dimensional space turned into ``--dimensions``, with noise, so that neighbours are near, as
among pictures of like things; every twentieth clip has a near-copy (cosine about 0.97). No weights of an embedder could be had,
so real vectors may do otherwise. Truth is every pair above the limit among 2,000 clips and all clips, compared one by one.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from operators.near_duplicates.vector_index import VectorPairs, Vectors, vector_pairs

_LATENT, _NOISE, _COPY_NOISE, _ASKED = 32, 0.25, 0.24, 2_000


def made_up_vectors(clips: int, dimensions: int) -> Vectors:
    """``(N, D)`` of length 1; the last twentieth are near-copies of the first."""
    random = np.random.default_rng(7)
    copies = clips // 20
    turn = random.normal(size=(_LATENT, dimensions)).astype(np.float32) / np.sqrt(dimensions)
    out = np.zeros((clips, dimensions), np.float16)
    for start in range(0, clips - copies, 65_536):
        stop = min(start + 65_536, clips - copies)
        latent = random.normal(size=(stop - start, _LATENT)).astype(np.float32)
        latent /= np.linalg.norm(latent, axis=1, keepdims=True)
        out[start:stop] = _unit(latent @ turn + _noise(random, stop - start, dimensions, _NOISE))
    for start in range(0, copies, 65_536):
        stop = min(start + 65_536, copies)
        first = out[start:stop].astype(np.float32)
        out[clips - copies + start : clips - copies + stop] = _unit(
            first + _noise(random, stop - start, dimensions, _COPY_NOISE)
        )
    return out


def _noise(random: np.random.Generator, rows: int, dimensions: int, length: float) -> np.ndarray:
    return random.normal(size=(rows, dimensions)).astype(np.float32) * np.float32(length / np.sqrt(dimensions))


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def true_pairs(vectors: Vectors, asked: np.ndarray, least: float) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    mine = _unit(vectors[asked].astype(np.float32))
    for start in range(0, len(vectors), 65_536):
        theirs = _unit(vectors[start : start + 65_536].astype(np.float32))
        for row, other in np.argwhere(mine @ theirs.T >= least):
            one, two = int(asked[row]), start + int(other)
            if one != two:
                found.add((min(one, two), max(one, two)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=200_000)
    parser.add_argument("--dimensions", type=int, default=768)
    parser.add_argument("--least", type=float, default=0.95)
    given = parser.parse_args()
    vectors = made_up_vectors(given.clips, given.dimensions)
    start = time.monotonic()
    pairs = VectorPairs.joined(list(vector_pairs(vectors, given.least)))
    seconds = time.monotonic() - start
    found = set(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
    asked = np.sort(np.random.default_rng(8).choice(given.clips, min(_ASKED, given.clips), replace=False))
    truth = true_pairs(vectors, asked, given.least)
    hit = len(truth & found)
    print(f"{given.clips} clips, {given.dimensions} dimensions: {len(found)} pairs in {seconds:.0f} s")
    print(f"of {len(truth)} true pairs of {len(asked)} clips found: {hit} ({hit / max(len(truth), 1):.4f})")


if __name__ == "__main__":
    main()
