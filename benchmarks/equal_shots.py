"""What the index over perceptual hashes takes at the size of a large corpus: memory, and time per shot.

    python -m benchmarks.equal_shots [--shots 16000000] [--asked 20000] [--distance 15]

Hashes are made up: 192 signs of sums of ``_LATENT`` numbers and noise, so that their bits hang together and some neighbourhoods
are crowded, as those of pictures are; every twentieth shot is a copy with ``_FLIPPED`` bits flipped. The search misses no
pair within the distance by construction: each copy must be found when its first is asked for. The most memory held is VmHWM.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks.process_memory import most_held_bytes
from operators.near_duplicates.shot_index import BITS, Bytes, ShotIndex

_LATENT, _NOISE, _FLIPPED, _AT_ONCE = 48, 0.5, 10, 65_536


def made_up_hashes(shots: int) -> Bytes:
    """``(S, 24)`` uint8; the last twentieth are the first ones with flipped bits."""
    random = np.random.default_rng(7)
    copies = shots // 20
    mixing = random.normal(size=(_LATENT, BITS)).astype(np.float32) / np.float32(np.sqrt(_LATENT))
    out = np.zeros((shots, BITS // 8), np.uint8)
    for start in range(0, shots - copies, _AT_ONCE):
        stop = min(start + _AT_ONCE, shots - copies)
        latent = random.standard_normal((stop - start, _LATENT), dtype=np.float32)
        noise = random.standard_normal((stop - start, BITS), dtype=np.float32)
        out[start:stop] = np.packbits(latent @ mixing + np.float32(_NOISE) * noise > 0, axis=1)
    for start in range(0, copies, _AT_ONCE):
        stop = min(start + _AT_ONCE, copies)
        flips = np.zeros((stop - start, BITS), np.bool_)
        flips[:, :_FLIPPED] = True
        out[shots - copies + start : shots - copies + stop] = out[start:stop] ^ np.packbits(
            random.permuted(flips, axis=1), axis=1
        )
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=16_000_000)
    parser.add_argument("--asked", type=int, default=20_000)
    parser.add_argument("--distance", type=int, default=15, help="bits of 192")
    given = parser.parse_args()
    hashes = made_up_hashes(given.shots)
    before = most_held_bytes()
    start = time.process_time()
    index = ShotIndex(hashes, given.distance)
    built = time.process_time() - start
    copies = given.shots // 20
    asked = np.sort(np.random.default_rng(8).choice(copies, min(given.asked, copies), replace=False))
    start = time.process_time()
    matches = index.matches(asked, np.zeros(given.shots, np.bool_))
    took = time.process_time() - start
    wanted = set((asked + given.shots - copies).tolist())
    hit = len(wanted & set(matches.other.tolist()))
    print(f"{given.shots} shots: {before / 1e9:.1f} GB before the index, {most_held_bytes() / 1e9:.1f} GB with it")
    print(f"built in {built:.0f} s, {took / len(asked) * 1e6:.0f} microseconds a shot asked for (processor time)")
    print(f"{len(matches.one)} pairs; of {len(asked)} copies found: {hit}")


if __name__ == "__main__":
    main()
