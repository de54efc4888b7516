"""Where in a film the size of its pictures changes: each stretch is used at its own size, and no shot spans two."""

from __future__ import annotations

from itertools import pairwise

from formats.film_scan import FilmScan


def size_changes(scan: FilmScan) -> tuple[int, ...]:
    """The first frames of all sizes but the first."""
    return tuple(after.frames[0] for _, after in pairwise(scan.sizes))


def size_at(scan: FilmScan, frame: int) -> tuple[int, int]:
    """The display size, ``(width, height)`` in pixels, of ``frame``."""
    for size in scan.sizes:
        if size.frames[0] <= frame < size.frames[1]:
            return size.width, size.height
    return scan.probe.width, scan.probe.height
