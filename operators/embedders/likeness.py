"""What a learned embedder stored, as stitching asks for it: a film whose fragments point into the side file, and the likeness
of two such pointers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from formats.film_scan import FilmScan, Fragment
from operators.embedders.embedding_file import PLACES, FragmentEmbeddings

Pointer = tuple[int, ...]
"""``(fragment, place)``; empty where the fragment has no picture."""


def with_pointers(scan: FilmScan, embeddings: FragmentEmbeddings) -> FilmScan:
    """``scan`` with pointers in place of the layout embeddings. Raises ``ValueError`` if the two are of different films."""
    if len(scan.fragments) != len(embeddings.vectors):
        raise ValueError(
            f"{len(scan.fragments)} fragments, but embeddings of {len(embeddings.vectors)}: scan the film anew"
        )
    present = ~np.isnan(embeddings.vectors).any(axis=(1, 2)) & (embeddings.vectors.shape[2] > 0)
    fragments = tuple(_pointed(fragment, row, bool(present[row])) for row, fragment in enumerate(scan.fragments))
    return scan.model_copy(update={"fragments": fragments})


def _pointed(fragment: Fragment, row: int, present: bool) -> Fragment:
    head, tail = (row, PLACES.index("head")), (row, PLACES.index("tail"))
    return fragment.model_copy(update={"head": head if present else (), "tail": tail if present else ()})


def cosine_of(embeddings: FragmentEmbeddings) -> Callable[[Pointer, Pointer], float]:
    """The cosine of the two vectors pointed to, -1 to 1."""

    def cosine(one: Pointer, other: Pointer) -> float:
        left, right = (embeddings.vectors[row, place].astype(np.float64) for row, place in (one, other))
        return round(float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right))), 6)

    return cosine
