"""How much memory a scan takes of films of different length: the peak of a process of its own for each.

    python -m benchmarks.scan_memory FOLDER [--minutes 5 120] [--network none]

The films, 160x90 and 24 frames a second, repeat a rendered minute with 15 boundaries; they are made where they are
missing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scan_films import RATE, main_plan, write_repeated
from operators.sample_films.film_frames import film_frames

# VmHWM begins anew with each program; getrusage's ru_maxrss begins with what the process that started it has.
_PEAK = """
import sys
from pathlib import Path
from operators.scan import ScanFiles, ScanSettings, scan_film
folder = Path(sys.argv[2])
out = ScanFiles.named(folder / "scan")
scan = scan_film(Path(sys.argv[1]), "0" * 64, ScanSettings(network=sys.argv[3]), out)
lines = Path("/proc/self/status").read_text().splitlines()
print(scan.timing.frames, len(scan.fragments), *(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@dataclass(frozen=True)
class Peak:
    """``megabytes``: the process's largest resident size, libraries included."""

    frames: int
    fragments: int
    megabytes: float


def peak_of_scan(film: Path, folder: Path, network: str = "none") -> Peak:
    """Scans ``film`` into ``folder`` in a process of its own. Raises ``CalledProcessError``."""
    command = [sys.executable, "-c", _PEAK, str(film), str(folder), network]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]).stdout
    frames, fragments, kilobytes = map(int, told.split())
    return Peak(frames, fragments, kilobytes / 1024)


def long_film(folder: Path, minutes: float) -> Path:
    """One that is there is kept."""
    path = folder / f"{minutes:g}-minutes.mkv"
    if not path.exists():
        pictures = list(film_frames(main_plan(60, (160, 90))))
        aside = path.with_suffix(".part.mkv")
        write_repeated(aside, pictures, max(1, round(minutes * 60 * RATE / len(pictures))))
        aside.replace(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[5, 120])
    parser.add_argument("--network", choices=["transnetv2", "none"], default="none")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for minutes in arguments.minutes:
        peak = peak_of_scan(long_film(arguments.folder, minutes), arguments.folder, arguments.network)
        print(
            f"{minutes:g} minutes: {peak.frames} frames, {peak.fragments} fragments, {peak.megabytes:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
