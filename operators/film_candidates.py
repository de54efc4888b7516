"""Candidates of scanned films, from files to files: the part of select that each film has to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from formats.film_scan import FilmScan
from formats.selection import FilmSelection
from operators.aside import written_aside
from operators.clip_vectors import VECTORS_SUFFIX, clip_vectors, vectors_bytes
from operators.embedders.embedding_file import EMBEDDINGS_SUFFIX, read_embeddings
from operators.embedders.likeness import cosine_of, with_pointers
from operators.layout_embedding import layout_similarity
from operators.select import SelectSettings, select_film
from operators.signals import read_signals
from operators.split import SplitSettings, accepted_transitions


def write_film_candidates(
    scan_file: Path, signals_file: Path, split: SplitSettings, settings: SelectSettings, out: Path
) -> FilmSelection:
    """Selects from one film's scan and writes the selection as JSON, whole or not at all. What a learned embedder said is
    read from the file beside the scan; then the candidates' vectors are written first. Raises ``ValueError`` if that file is
    not whole."""
    scan = FilmScan.model_validate_json(scan_file.read_bytes())
    embeddings = None if scan.embedder == "layout" else read_embeddings(scan_file.with_suffix(EMBEDDINGS_SUFFIX))
    pts, accepted = read_signals(signals_file).pts, accepted_transitions(scan, split)
    if embeddings is None:
        selection = select_film(scan, accepted, pts, layout_similarity, settings)
    else:
        pointed = with_pointers(scan, embeddings)
        selection = select_film(pointed, accepted, pts, cosine_of(embeddings), settings)
        vectors = clip_vectors([row.plan for row in selection.candidates], scan, embeddings)
        with written_aside(out.with_suffix(VECTORS_SUFFIX)) as aside:
            aside.write_bytes(vectors_bytes(vectors))
    with written_aside(out) as aside:
        aside.write_text(selection.model_dump_json() + "\n")
    return selection


def film_candidates_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """``write_film_candidates`` for many films, for the sandbox. In: films (each scan, signals, out), split, select. Out:
    candidates."""
    split = SplitSettings.model_validate(arguments["split"])
    settings = SelectSettings.model_validate(arguments["select"])
    found = 0
    for film in arguments["films"]:
        scan, signals, out = (Path(film[name]) for name in ("scan", "signals", "out"))
        found += len(write_film_candidates(scan, signals, split, settings, out).candidates)
    return {"candidates": found}
