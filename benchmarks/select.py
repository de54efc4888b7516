"""Re-deciding a corpus of generated candidates: time and memory, tables read and written.

    python -m benchmarks.select FOLDER --candidates 1000000

Writes the tables of a corpus (films of 20 candidates, 2 to 4 shots each, ten scores, 5 % near-duplicates), then runs each step
in a process of its own: the search for near-duplicates, the first decision, decisions with other limits, quantiles and
balance, films added to decisions that stand, and reading the kept candidates as cut does. Prints seconds of wall time and of
processor time, and the process's peak of resident memory. ``--without-search`` leaves near-duplicates out.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from formats.ledger import KEPT
from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder, SourceRow
from pipeline.decided_candidates import candidates_with_outcome
from pipeline.progress import Reporter
from pipeline.ray_engine import Engine
from pipeline.stages.decide import decide_candidates
from pipeline.stages.near_duplicates import near_duplicates
from pipeline.stages.run import Run

PER_FILM = 20
SCORES = tuple(
    sorted(
        (
            "blockiness",
            "brightness",
            "camera_motion",
            "contrast",
            "frame_difference",
            "letterbox",
            "noise",
            "object_motion",
            "sharpness",
            "technical_quality",
        )
    )
)
DUPLICATE_SHARE = 0.05
FILTERS: dict[str, dict[str, object]] = {
    "first": {},
    "limits": {"scores": [{"name": "sharpness", "min": 0.2}, {"name": "noise", "max": 0.9}]},
    "quantiles": {"quantiles": [{"name": "camera_motion", "min": 0.1, "max": 0.9}, {"name": "contrast", "min": 0.05}]},
    "balance": {
        "balance": [
            {"tag": "film", "cap": 8},
            {"tag": "camera_motion", "edges": [0.2, 0.4, 0.6, 0.8], "share": 0.3, "best": "technical_quality"},
            {"tag": "metadata.genre", "share": 0.3},
        ]
    },
    "everything": {
        "scores": [{"name": "sharpness", "min": 0.2}],
        "quantiles": [{"name": "camera_motion", "min": 0.1, "max": 0.9}],
        "balance": [{"tag": "film", "cap": 8}, {"tag": "metadata.genre", "share": 0.3}],
        "top": {"score": "technical_quality", "share": 0.4},
    },
}
STEPS = ("duplicates", *FILTERS, "added", "kept")


def write_corpus(folder: CorpusFolder, candidates: int) -> None:
    """Tables of films and candidates."""
    films = max(1, candidates // PER_FILM)
    folder.sources.write([_film(number) for number in range(films)], "generated")
    folder.candidates.write_columns(_candidates(folder, candidates, films), f"generated:{candidates}", "generated")


def _film(number: int) -> SourceRow:
    return SourceRow(
        path=f"/films/{number:07d}.mp4",
        uri=f"films/{number:07d}.mp4",
        bytes=1,
        mtime_ns=1,
        sha256=f"{number:064x}",
        license="",
        attribution="",
        url="",
        split="",
        metadata=f'{{"genre": "{number % 7}"}}',
        duplicate_of="",
        artifact=f"scan/{number}",
        frames=1000,
        fps="24/1",
        vfr=False,
        duration=40.0,
        seconds=1.0,
        verdict=KEPT,
    )


def _candidates(folder: CorpusFolder, rows: int, films: int) -> pa.Table:
    film = np.minimum(np.arange(rows) // PER_FILM, films - 1)
    place = np.arange(rows) - film * PER_FILM
    shots = 2 + np.arange(rows) % 3
    shas = [f"{number:064x}" for number in range(films)]
    keys = [f"{shas[one][-16:]}-0-{at * 500}-{at * 500 + 480}" for one, at in zip(film, place, strict=True)]
    plans = [_plan(key, shas[one], int(count)) for key, one, count in zip(keys, film, shots, strict=True)]
    numbers = np.random.default_rng(1).random((rows, len(SCORES))).round(4)
    offsets = pa.array(np.arange(rows + 1) * len(SCORES), pa.int32())
    names = pa.array(SCORES).take(pa.array(np.tile(np.arange(len(SCORES)), rows)))
    joins = np.concatenate([[0], np.cumsum(shots - 1)])
    return pa.table(
        {
            "key": keys,
            "sha256": pa.array(shas).take(pa.array(film)),
            "shots": shots,
            "seconds": shots * 4.0,
            "plan": plans,
            "similarities": pa.ListArray.from_arrays(pa.array(joins, pa.int32()), pa.array(np.full(joins[-1], 0.6))),
            "scores": pa.MapArray.from_arrays(offsets, names, pa.array(numbers.ravel())),
            "hashes": _hashes(shots),
        },
        schema=folder.candidates.schema,
    )


def _plan(key: str, sha256: str, shots: int) -> str:
    start = int(key.split("-")[2])
    spans = [
        f'{{"source_frames": [{at}, {at + 96}], "source_pts": [{at}, {at + 96}]}}'
        for at in range(start, start + shots * 96, 96)
    ]
    joins = [
        f'{{"after_shot": {number}, "kind": "cut", "source_frames": [{start + number * 96 + 96}, {start + number * 96 + 96}], '
        f'"confidence": 0.97}}'
        for number in range(shots - 1)
    ]
    return (
        f'{{"key": "{key}", "source_sha256": "{sha256}", "stream": 0, "time_base": "1/24", "fps": "24/1", "vfr": false, '
        f'"width": 1920, "height": 1080, "shots": [{", ".join(spans)}], "joins": [{", ".join(joins)}]}}'
    )


def _hashes(shots: npt.NDArray[np.int64]) -> pa.Array:
    """Random bits; the shots of some candidates are those of others with 8 of 192 bits changed."""
    random = np.random.default_rng(2)
    starts = np.concatenate([[0], np.cumsum(shots)])
    bits = random.integers(0, 256, (int(starts[-1]), 24), dtype=np.uint8)
    rows = np.arange(3, len(shots), 3)
    copies = random.choice(rows, int(len(shots) * DUPLICATE_SHARE), replace=False) if len(rows) else rows
    for row in copies:
        other = row - 3
        for shot in range(shots[row]):
            bits[starts[row] + shot] = bits[starts[other] + shot]
            bits[starts[row] + shot, random.integers(0, 24, 2)] ^= 0b00010111
    text = bits.tobytes().hex()
    values = pa.array([text[at : at + 48] for at in range(0, len(text), 48)])
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), values)


def run_step(root: Path, step: str, search: bool) -> str:
    """Does one step; says what came out."""
    folder = CorpusFolder(str(root))
    filters = FILTERS.get(step, FILTERS["everything"]) | {"duplicates": {"perceptual": search}}
    config = Config.model_validate({"filter": filters, "splits": {"test": 0.05}})
    run = Run(folder, config, Engine(config.engine), Reporter(quiet=True), retry_failed=False)
    if step == "kept":
        return f"{len(candidates_with_outcome(folder, 'kept'))} kept candidates read with their plans"
    pairs, found = near_duplicates(run)
    if step == "duplicates":
        return f"{len(pairs.one)} pairs"
    if not decide_candidates(run, folder.sources.rows(), (pairs,), found):
        raise RuntimeError("nothing was decided")
    outcomes = folder.decisions.columns(["verdict.outcome"])["outcome"].value_counts().to_pylist()
    return ", ".join(f"{one['counts']} {one['values']}" for one in outcomes)


def timed_step(root: Path, step: str, search: bool) -> None:
    start, spent = time.monotonic(), time.process_time()
    said = run_step(root, step, search)
    seconds, spent = time.monotonic() - start, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step}: {seconds:.1f} s, {spent:.1f} s of processor time, {peak:.0f} MB at most ({said})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--candidates", type=int, default=1_000_000)
    parser.add_argument("--step", choices=STEPS, help="do only this step, in this process, on tables that are there")
    parser.add_argument("--without-search", action="store_true", help="leave near-duplicates out")
    options = parser.parse_args()
    if options.step:
        timed_step(options.folder, options.step, not options.without_search)
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = CorpusFolder(str(options.folder))
    write_corpus(folder, options.candidates)
    for step in STEPS:
        if step == "added":
            write_corpus(folder, options.candidates + options.candidates // 100)
        command = [sys.executable, "-m", "benchmarks.select", str(options.folder), "--step", step]
        subprocess.run(command + ["--without-search"] * options.without_search, check=True)


if __name__ == "__main__":
    main()
