"""Near-duplicates by a learned embedder: clips whose vectors are alike. Found once for given candidates and limit, then kept."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from operators.clip_vectors import VECTORS_SUFFIX, ClipVectors, read_vectors
from operators.decisions.duplicate_drop import ALIKE, DuplicatePairs
from operators.near_duplicates.vector_index import VectorPairs, lots, vector_pairs
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.stages.run import Run

ALIKE_CLIPS = "select/alike-clips.parquet"
_NAME = b"shotloom.fingerprint"


def alike_clips(run: Run) -> tuple[DuplicatePairs, str]:
    """Pairs of candidates by row number, and the fingerprint of what they were found from; none unless the settings ask."""
    least = run.config.filter.duplicates.embedding
    if least is None:
        return DuplicatePairs.none(), ""
    name = fingerprint(CODE_VERSIONS["duplicates"], least, run.folder.candidates.fingerprint())
    found = _stored(run, name) or _find(run, least, name)
    return DuplicatePairs(found.one, found.other, found.cosine, least, ALIKE), name


def _find(run: Run, least: float, name: str) -> VectorPairs:
    with tempfile.TemporaryDirectory() as folder:
        vectors = _all_vectors(run, Path(folder) / "vectors.npy")
        parts = []
        with run.reporter.stage("alike clips", "lots of clips", lots(vectors), 0) as advance:
            for part in vector_pairs(vectors, least):
                parts.append(part)
                advance()
        del vectors
    found = VectorPairs.joined(parts)
    table = pa.table({"one": found.one, "other": found.other, "cosine": found.cosine})
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({_NAME: name.encode()}), buffer, compression="zstd")
    run.folder.store.write_atomic(ALIKE_CLIPS, buffer.getvalue())
    return found


def _all_vectors(run: Run, path: Path) -> ClipVectors:
    """``(N, D)``, a row per candidate in the table's order, on disk: a million clips may have more than memory holds."""
    counts = _candidates_of_films(run)
    artifacts = {row.sha256: row.artifact for row in run.folder.selected_films.rows()}
    total = sum(count for _, count in counts)
    out: npt.NDArray[np.float16] | None = None
    at = 0
    for sha, count in counts:
        own = _film_vectors(run, artifacts[sha], count)
        if out is None:
            shape = (total, own.shape[1])
            out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
        out[at : at + count] = own
        at += count
    return np.zeros((0, 1), np.float16) if out is None else out


def _candidates_of_films(run: Run) -> list[tuple[str, int]]:
    """Films and how many candidates each has, in the order of the table."""
    table = run.folder.candidates.columns(["sha256"])
    encoded = pc.run_end_encode(table["sha256"].combine_chunks())
    ends = np.asarray(encoded.run_ends).tolist()
    starts = [0, *ends[:-1]]
    return [(sha, end - start) for sha, start, end in zip(encoded.values.to_pylist(), starts, ends, strict=True)]


def _film_vectors(run: Run, artifact: str, count: int) -> ClipVectors:
    name = f"{artifact.removesuffix('.json')}{VECTORS_SUFFIX}"
    try:
        vectors = read_vectors(run.folder.store.read_bytes(name))
    except ValueError as error:
        raise ValueError(f"{name}: {error}. Remove {artifact} and build again") from error
    if len(vectors) != count:
        raise ValueError(f"{name} has {len(vectors)} vectors for {count} candidates. Remove {artifact} and build again")
    return vectors


def _stored(run: Run, name: str) -> VectorPairs | None:
    if not run.folder.store.exists(ALIKE_CLIPS):
        return None
    try:
        table = pq.read_table(io.BytesIO(run.folder.store.read_bytes(ALIKE_CLIPS)))
    except (pa.ArrowInvalid, OSError):
        return None
    if (table.schema.metadata or {}).get(_NAME, b"").decode() != name:
        return None
    one, other = (np.asarray(table[column]).astype(np.int64) for column in ("one", "other"))
    return VectorPairs(one, other, np.asarray(table["cosine"]).astype(np.float64))
