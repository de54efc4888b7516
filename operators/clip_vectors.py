"""One vector per candidate from what a learned embedder said of its fragments: the direction of the mean over its frames.

One ``.npy`` file beside a film's selection, ``(N, D)`` float16, rows in the order of the film's candidates, of length 1; NaN where
no fragment of the candidate holds a sampled picture.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from formats.clip_plan import ClipPlan
from formats.film_scan import FilmScan
from operators.border_features import BorderFeatures
from operators.embedders.embedding_file import FragmentEmbeddings

VECTORS_SUFFIX = ".vectors.npy"
"""In place of the selection's ``.json``."""

ClipVectors = npt.NDArray[np.float16]


def clip_vectors(plans: Sequence[ClipPlan], scan: FilmScan, embeddings: FragmentEmbeddings) -> ClipVectors:
    """``(N, D)``. A fragment counts by the frames that it shares with the clip's shots."""
    means = embeddings.mean().astype(np.float64)
    rows = {fragment.frames: row for row, fragment in enumerate(scan.fragments)}
    features = BorderFeatures.of_film(scan)
    out = np.full((len(plans), means.shape[1]), np.nan, np.float16)
    for number, plan in enumerate(plans):
        total = np.zeros(means.shape[1])
        for shot in plan.shots:
            for fragment, shared in features.overlapping(shot.source_frames):
                mean = means[rows[fragment.frames]]
                if not np.isnan(mean).any():
                    total += shared * mean
        length = float(np.linalg.norm(total))
        if length > 0:
            out[number] = (total / length).astype(np.float16)
    return out


def vectors_bytes(vectors: ClipVectors) -> bytes:
    out = io.BytesIO()
    np.save(out, vectors, allow_pickle=False)
    return out.getvalue()


def read_vectors(data: bytes) -> ClipVectors:
    """What ``vectors_bytes`` made. Raises ``ValueError`` for any other file."""
    try:
        vectors = np.load(io.BytesIO(data), allow_pickle=False)
    except (EOFError, OSError, ValueError) as error:
        raise ValueError(f"not a file of clip vectors: {error}") from error
    if not isinstance(vectors, np.ndarray) or vectors.dtype != np.float16 or vectors.ndim != 2:
        raise ValueError("not a file of clip vectors: they are (N, D) float16")
    return vectors
