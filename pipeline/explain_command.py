"""``shotloom explain``: the whole story of one source, candidate or clip, told from the stage tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from formats.film_scan import FilmScan
from formats.ledger import Verdict
from formats.manifest import ManifestRow, find_row
from pipeline.corpus_folder import MANIFEST, CorpusFolder, SourceRow
from pipeline.decided_candidates import FilmCandidateRow, candidates_of_film, candidates_of_key
from pipeline.progress import visible


class UnknownIdError(ValueError):
    """No source, candidate or clip has this name."""


def explain_id(corpus: Path, identity: str, as_json: bool) -> list[str]:
    """Lines of text, or one line of JSON. Raises ``UnknownIdError``."""
    folder = CorpusFolder(str(corpus.resolve()))
    candidates = candidates_of_key(folder, identity)
    sources = _sources(folder, candidates[0].sha256 if candidates else identity)
    if not sources:
        raise UnknownIdError(
            f"{identity}: no source, candidate or clip of {corpus} has this path, name, sha256 or key; "
            "`shotloom status` shows what there is, the report lists all keys"
        )
    if as_json:
        return [json.dumps(_values(folder, sources, candidates), ensure_ascii=False)]
    lines: list[str] = []
    for source in sources:
        lines += _source_story(folder, source, brief=bool(candidates))
    for candidate in candidates:
        lines += _candidate_story(folder, candidate)
    return [visible(line) for line in lines]


def _sources(folder: CorpusFolder, identity: str) -> list[SourceRow]:
    rows = folder.sources.rows()
    exact = [row for row in rows if identity in (row.path, row.uri, row.sha256, Path(row.uri).name)]
    if exact or len(identity) < 8:
        return exact
    return [row for row in rows if row.sha256.startswith(identity)]


def _source_story(folder: CorpusFolder, row: SourceRow, brief: bool) -> list[str]:
    lines = [f"source {row.uri}", f"  path {row.path}", f"  sha256 {row.sha256 or 'not read'}"]
    lines.append(f"  scan: {verdict_text(row.verdict)}")
    if row.verdict.outcome != "kept":
        return lines
    scan = FilmScan.model_validate_json(folder.store.read_bytes(f"{row.artifact}.json"))
    probe, timing = scan.probe, scan.timing
    rate = f"variable rate, nominally {timing.fps}" if timing.vfr else timing.fps
    lines.append(
        f"  {timing.frames} frames, {rate} frames/s, {row.duration:.3f} s, {probe.width}x{probe.height} {probe.codec} in "
        f"{probe.container}, stream {probe.stream}, time base {probe.time_base}"
    )
    if scan.interlaced:
        lines.append(f"  {scan.interlaced} frames are interlaced")
    for size in scan.sizes:
        lines.append(f"  frames {list(size.frames)} are {size.width}x{size.height}")
    if scan.corrupt:
        lines.append(f"  damaged frames: {_ranges(scan.corrupt)} ({scan.decode_errors} decoder errors)")
    if scan.edges:
        lines.append(f"  head and tail without a picture: {_ranges(scan.edges)}")
    if brief:
        return lines
    return lines + _transition_story(folder, row, scan) + _shot_story(folder, row)


def _transition_story(folder: CorpusFolder, row: SourceRow, scan: FilmScan) -> list[str]:
    rows = folder.transitions.rows_where("sha256", row.sha256)
    decided = {(found.transition.kind, found.transition.frames): found for found in rows}
    lines = [f"  transitions considered: {len(scan.transitions)}"]
    for found in scan.transitions:
        accepted = decided.get((found.kind, found.frames))
        outcome = verdict_text(accepted.verdict) if accepted else "below its limit, or inside another transition"
        evidence = ", ".join(f"{name} {value:.3f}" for name, value in sorted(found.evidence.items()))
        lines.append(f"    {found.kind} {list(found.frames)} confidence {found.confidence:.3f} ({evidence}): {outcome}")
    return lines


def _shot_story(folder: CorpusFolder, row: SourceRow) -> list[str]:
    lines = ["  shots:"]
    for shot in folder.shots.rows_where("sha256", row.sha256):
        place = f" in {shot.candidate}" if shot.candidate else ""
        lines.append(
            f"    {shot.shot}: frames {list(shot.frames)} of {list(shot.run)}: {verdict_text(shot.verdict)}{place}"
        )
    lines.append("  borders between shots:")
    for link in folder.links.rows_where("sha256", row.sha256):
        alike = "" if link.similarity is None else f" similarity {link.similarity:.3f}"
        back = "" if link.returned is None else f", a shot beside it returns ({link.returned:.3f})"
        lines.append(f"    after shot {link.after_shot}:{alike}{back}: {verdict_text(link.verdict)}")
    lines.append("  candidates:")
    for candidate in candidates_of_film(folder, row.sha256):
        lines.append(f"    {candidate.key}: {verdict_text(candidate.verdict)}")
    return lines


def _candidate_story(folder: CorpusFolder, row: FilmCandidateRow) -> list[str]:
    lines = [f"candidate {row.key}", f"  select: {verdict_text(row.verdict)}, split {row.split}"]
    for number, shot in enumerate(row.plan.shots):
        lines.append(f"  shot {number}: source frames {list(shot.source_frames)}, PTS {list(shot.source_pts)}")
    for join, alike in zip(row.plan.joins, row.similarities, strict=True):
        left_out = join.source_frames[1] - join.source_frames[0]
        lines.append(
            f"  join after shot {join.after_shot}: {join.kind}, {left_out} frames left out, confidence "
            f"{join.confidence:.3f}, similarity {alike:.3f}"
        )
    lines += [f"  score {name}: {value:.4f}" for name, value in sorted(row.scores.items())]
    for clip in folder.clips.rows_where("key", row.key):
        lines.append(f"  cut: {verdict_text(clip.verdict)} ({clip.artifact}.mp4)")
    for annotation in folder.annotations.rows_where("key", row.key):
        lines.append(f"  annotate: {verdict_text(annotation.verdict)} ({annotation.artifact})")
    for images in folder.references.rows_where("key", row.key):
        why = "".join(f", {reason} {number:g}" for reason, number in sorted(images.missing.items()))
        found = f"{images.found} of {images.subjects} subjects have an image{why}"
        if images.two_names:
            found += f", {images.two_names} of two names given up"
        lines.append(f"  references: {verdict_text(images.verdict)}: {found} ({images.artifact}.zip)")
    for scored in folder.alignment.rows_where("key", row.key):
        found = f"{scored.shots} shots scored, lowest {scored.lowest:.4f}, mean {scored.mean:.4f}"
        lines.append(f"  alignment: {verdict_text(scored.verdict)}: {found} ({scored.artifact}.json)")
    packed = _packed(folder, row.key)
    return [*lines, f"  pack: in {packed.shard}" if packed else "  pack: in no shard"]


def _packed(folder: CorpusFolder, key: str) -> ManifestRow | None:
    if not folder.store.exists(MANIFEST):
        return None
    return find_row(folder.store, key, MANIFEST)


def _values(folder: CorpusFolder, sources: list[SourceRow], candidates: list[FilmCandidateRow]) -> dict[str, Any]:
    shas = sorted({row.sha256 for row in sources})
    told = candidates or [row for sha in shas for row in candidates_of_film(folder, sha)]
    keys = [row.key for row in candidates]

    def dump(tables: Iterable[Sequence[BaseModel]]) -> list[dict[str, Any]]:
        return [row.model_dump(mode="json") for rows in tables for row in rows]

    return {
        "sources": dump([sources]),
        "transitions": dump(folder.transitions.rows_where("sha256", sha) for sha in shas),
        "links": dump(folder.links.rows_where("sha256", sha) for sha in shas),
        "shots": dump(folder.shots.rows_where("sha256", sha) for sha in shas),
        "candidates": dump([told]),
        "clips": dump(folder.clips.rows_where("key", key) for key in keys),
        "annotations": dump(folder.annotations.rows_where("key", key) for key in keys),
        "references": dump(folder.references.rows_where("key", key) for key in keys),
        "alignment": dump(folder.alignment.rows_where("key", key) for key in keys),
    }


def verdict_text(verdict: Verdict) -> str:
    """``dropped: too_short (8 held against 12)``"""
    if verdict.outcome == "kept":
        return "kept"
    numbers = ""
    if verdict.value is not None and verdict.limit is not None:
        numbers = f" ({verdict.value:g} held against {verdict.limit:g})"
    detail = f": {verdict.detail}" if verdict.detail else ""
    return f"{verdict.outcome}: {verdict.reason}{numbers}{detail}"


def _ranges(ranges: tuple[tuple[int, int], ...]) -> str:
    return ", ".join(f"[{start}, {end})" for start, end in ranges)
