"""Near-duplicates among the candidates: a step of its own, kept, so that changed limits do not look for them again.

Equal shots are looked for piece by piece, and every piece is a file, so that a killed run goes on where it was. Shots of the last
search are not looked up again: films that are added are held against all, the others are known.
"""

from __future__ import annotations

import hashlib
import io

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from operators.decisions.duplicate_drop import DuplicatePairs
from operators.filter import exact
from operators.near_duplicates.clip_pairs import HASHES_PER_SHOT, clip_pairs, hashed_shots
from operators.near_duplicates.shot_index import Bytes, ShotIndex, ShotMatches
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.stages.run import Run

FOLDER = "select/near-duplicates"
HASHES, MATCHES = f"{FOLDER}/hashes.parquet", f"{FOLDER}/matches.parquet"
SHOTS_AT_ONCE = 65_536
_NAME = b"shotloom.fingerprint"


def near_duplicates(run: Run) -> tuple[DuplicatePairs, str]:
    """Pairs of candidates by row number, and the fingerprint of what they were found from."""
    settings = run.config.filter.duplicates
    if not settings.perceptual:
        return DuplicatePairs.none(), ""
    shots = hashed_shots(run.folder.candidates.columns(["hashes"])["hashes"])
    kind = fingerprint(CODE_VERSIONS["duplicates"], settings.distance * HASHES_PER_SHOT)
    name = f"{kind}:{hashlib.sha256(shots.hashes.tobytes()).hexdigest()[:32]}"
    search = _Search(run, kind, name)
    matches = search.stored() or search.find(shots.hashes, settings.distance * HASHES_PER_SHOT)
    pairs = clip_pairs(shots, matches, exact(settings.share), float(settings.distance))
    return pairs, fingerprint(name, settings.share)


class _Search:
    """One search: ``kind`` says how was looked, ``name`` also among what."""

    def __init__(self, run: Run, kind: str, name: str) -> None:
        self._run, self._kind, self._name = run, kind, name
        self._parts = f"{FOLDER}/parts-{hashlib.sha256(name.encode()).hexdigest()[:16]}"

    def stored(self) -> ShotMatches | None:
        """The matches of an earlier run over the same shots."""
        table = self._read(MATCHES, self._name)
        return None if table is None else _matches(table)

    def find(self, hashes: Bytes, distance: int) -> ShotMatches:
        earlier, known = self._earlier(hashes)
        rows = np.flatnonzero(~known)
        starts = range(0, len(rows), SHOTS_AT_ONCE)
        names = {start: f"{self._parts}/{start // SHOTS_AT_ONCE:06d}-{int(known.sum())}.parquet" for start in starts}
        found = {start: self._read(name, self._name) for start, name in names.items()}
        missing = [start for start in starts if found[start] is None]
        with self._run.reporter.stage(
            "near-duplicates", f"lots of {SHOTS_AT_ONCE} shots", len(missing), len(starts) - len(missing)
        ) as advance:
            index = ShotIndex(hashes, distance) if missing else None
            for start in missing:
                assert index is not None
                part = _table(index.matches(rows[start : start + SHOTS_AT_ONCE], known))
                self._write(names[start], part)
                found[start] = part
                advance()
        matches = ShotMatches.joined([earlier, *(_matches(table) for table in found.values() if table is not None)])
        self._write(HASHES, pa.table({"hash": _binary(hashes)}))
        self._write(MATCHES, _table(matches))
        for name in self._run.folder.store.list(FOLDER):
            if name not in (HASHES, MATCHES):
                self._run.folder.store.remove(name)
        return matches

    def _earlier(self, hashes: Bytes) -> tuple[ShotMatches, npt.NDArray[np.bool_]]:
        """What the last search of this kind found among shots that are still there, and ``(S,)`` which those are."""
        nothing = ShotMatches.joined([]), np.zeros(len(hashes), np.bool_)
        old, matches = self._read(HASHES), self._read(MATCHES)
        if old is None or matches is None or old.schema.metadata[_NAME] != matches.schema.metadata[_NAME]:
            return nothing
        if not matches.schema.metadata[_NAME].decode().startswith(f"{self._kind}:"):
            return nothing
        place = np.asarray(pc.index_in(old["hash"].combine_chunks(), _binary(hashes)).fill_null(-1)).astype(np.int64)
        found = _matches(matches)
        stays = (place[found.one] >= 0) & (place[found.other] >= 0)
        known = nothing[1]
        known[place[place >= 0]] = True
        one, other = place[found.one[stays]], place[found.other[stays]]
        return ShotMatches(np.minimum(one, other), np.maximum(one, other), found.distance[stays]), known

    def _write(self, name: str, table: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(table.replace_schema_metadata({_NAME: self._name.encode()}), buffer, compression="zstd")
        self._run.folder.store.write_atomic(name, buffer.getvalue())

    def _read(self, name: str, wanted: str = "") -> pa.Table | None:
        """The table, if it is there, whole, and of the search ``wanted`` (any if empty)."""
        if not self._run.folder.store.exists(name):
            return None
        try:
            table = pq.read_table(io.BytesIO(self._run.folder.store.read_bytes(name)))
        except (pa.ArrowInvalid, OSError):
            return None
        made = (table.schema.metadata or {}).get(_NAME, b"").decode()
        return table if made and (not wanted or made == wanted) else None


def _table(matches: ShotMatches) -> pa.Table:
    return pa.table({"one": matches.one, "other": matches.other, "distance": matches.distance})


def _matches(table: pa.Table) -> ShotMatches:
    one, other, distance = (np.asarray(table[name]).astype(np.int64) for name in ("one", "other", "distance"))
    return ShotMatches(one, other, distance)


def _binary(rows: Bytes) -> pa.Array:
    """Rows of bytes as fixed-size texts."""
    return pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(rows.shape[1]), len(rows), [None, pa.py_buffer(rows.tobytes())]
    )
