"""Pack: finished clips and annotations become shards, a manifest and a card. Only tar and tables, no pixels.

Existing shards stay as they are while every clip in them is unchanged; what is new goes into new shards. If anything in them
changed, all are packed anew: then the manifest goes first and comes back last, so that a manifest that exists is true.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from captioning.alignment.stored import read_stored_alignment
from captioning.protocol import ClipAnnotation
from captioning.references.one_name import with_one_name
from captioning.references.stored import read_stored_references
from captioning.stored_annotation import read_stored
from formats.clip_json import clip_json
from formats.clip_plan import MadeClip
from formats.clip_record import ClipRecord, Model
from formats.invariants import ClipError
from formats.ledger import KEPT, failed
from formats.manifest import ManifestError, ManifestRow, manifest_row, read_manifest, write_manifest
from formats.shard_layout import MEMBERS, MEMBERS_WITH_REFERENCES, MemberPlace
from formats.shard_writer import MemberFile, PackRow, PlannedShard, plan_shards, write_shard
from operators.models import models_of_scan
from pipeline.alignment_limit import misaligned
from pipeline.clip_assembly import assemble_record, with_alignment, with_references
from pipeline.corpus_card import write_card
from pipeline.corpus_folder import (
    LAYOUT,
    MANIFEST,
    ClipRow,
    CorpusFolder,
    PackedRow,
    SourceRow,
)
from pipeline.decided_candidates import FilmCandidateRow
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.stage_books import intake_of
from pipeline.stages.run import Run
from pipeline.stages.words import ClipWords

_OUR_SHARD = re.compile(r"shards/(train|validation|test)-[0-9]{5,}\.tar")


@dataclass(frozen=True)
class FinishedClip:
    """One clip ready to be packed, with what its manifest row needs."""

    row: PackRow
    record: ClipRecord
    made: MadeClip
    plan_hash: str


def pack_corpus(
    run: Run,
    sources: Sequence[SourceRow],
    candidates: Sequence[FilmCandidateRow],
    clips: Sequence[ClipRow],
    words: Sequence[ClipWords],
) -> None:
    """``words``: of the clips that are to be packed."""
    finished, failures = _finish(run, sources, candidates, clips, words)
    layout = _layout(run)
    existing = _standing_rows(run.folder, finished, layout)
    if existing is None:
        run.folder.store.remove(MANIFEST)
        existing = ()
    packed = {row.key for row in existing}
    new = [clip for clip in finished if clip.row.key not in packed]
    shards = plan_shards([clip.row for clip in new], run.config.shards.max_bytes, _next_numbers(existing))
    written = _write_shards(run, shards, new, kept=len({row.shard for row in existing}))
    if written or not run.folder.store.exists(MANIFEST):
        run.folder.store.write_atomic(LAYOUT, json.dumps({"fingerprint": layout}).encode())
        write_manifest(run.folder.store, MANIFEST, [*existing, *written])
    rows = [PackedRow(key=row.key, shard=row.shard, verdict=KEPT) for row in [*existing, *written]]
    run.folder.packed.write([*rows, *failures], layout, intake_of(one.key for one in words))
    _remove_orphans(run.folder, {row.shard for row in rows})
    write_card(run.folder, run.config)


def _members(run: Run) -> tuple[str, ...]:
    return MEMBERS if run.config.captions.references.detector == "none" else MEMBERS_WITH_REFERENCES


def _layout(run: Run) -> str:
    """A corpus without reference images has the layout that it had before there were any."""
    more = () if _members(run) == MEMBERS else (_members(run),)
    return fingerprint(CODE_VERSIONS["pack"], run.config.shards.max_bytes, *more)


def _finish(
    run: Run,
    sources: Sequence[SourceRow],
    candidates: Sequence[FilmCandidateRow],
    clips: Sequence[ClipRow],
    words: Sequence[ClipWords],
) -> tuple[list[FinishedClip], list[PackedRow]]:
    """Clips to pack, and rows of those whose parts do not make a valid record or whose words do not fit their pictures."""
    films = {row.sha256: row for row in sources if row.verdict.outcome == "kept"}
    plans = {row.key: row for row in candidates}
    cut = {row.key: row for row in clips}
    scan_models = models_of_scan(run.config.scan)
    finished, failures = [], []
    for row in words:
        plan = plans[row.key]
        try:
            clip = _finish_one(run, plan, films[plan.sha256], cut[row.key], row, scan_models)
        except ClipError as error:
            failures.append(PackedRow(key=row.key, shard="", verdict=failed("invalid_record", str(error))))
            continue
        if unfit := misaligned(clip.record.scores, run.config.shards.min_alignment):
            failures.append(PackedRow(key=row.key, shard="", verdict=unfit))
        else:
            finished.append(clip)
    return finished, failures


def _finish_one(
    run: Run,
    candidate: FilmCandidateRow,
    film: SourceRow,
    clip: ClipRow,
    said: ClipWords,
    scan_models: tuple[Model, ...],
) -> FinishedClip:
    assert clip.made is not None
    store = run.folder.store
    words: ClipAnnotation = read_stored(store.read_bytes(said.annotation))
    stored = read_stored_references(store.read_bytes(f"{said.references}.json")) if said.references else None
    if stored:
        words = with_one_name(words, stored.same)
    record = assemble_record(candidate, film, clip.made, words, scan_models)
    images: tuple[MemberFile, ...] = ()
    if stored:
        record = with_references(record, stored)
        images = (MemberFile(file=f"{said.references}.zip", size=stored.bytes, sha256=stored.sha256),)
    if said.alignment:
        record = with_alignment(record, read_stored_alignment(store.read_bytes(f"{said.alignment}.json")))
    data = clip_json(record)
    digest = hashlib.sha256(data).hexdigest()
    name = f"{said.annotation.removesuffix('.json')}.{digest[:16]}.record"
    if not store.exists(name):
        store.write_atomic(name, data)
    video = MemberFile(file=f"{clip.artifact}.mp4", size=clip.made.bytes, sha256=clip.made.sha256)
    text = MemberFile(file=name, size=len(data), sha256=digest)
    return FinishedClip(
        row=PackRow(key=candidate.key, split=candidate.split, members=(video, text, *images)),
        record=record,
        made=clip.made,
        plan_hash=PurePosixPath(clip.artifact).name.rpartition(".")[2],
    )


def _standing_rows(
    folder: CorpusFolder, finished: Sequence[FinishedClip], layout: str
) -> tuple[ManifestRow, ...] | None:
    """The manifest's rows if all of them can stay as they are, else ``None``."""
    if not folder.store.exists(MANIFEST) or not folder.store.exists(LAYOUT):
        return None
    if json.loads(folder.store.read_bytes(LAYOUT))["fingerprint"] != layout:
        return None
    try:
        rows = read_manifest(folder.store, MANIFEST)
    except ManifestError:
        return None
    wanted = {clip.row.key: clip for clip in finished}
    stands = all(row.key in wanted and _stands(folder, row, wanted[row.key]) for row in rows)
    return rows if stands else None


def _stands(folder: CorpusFolder, row: ManifestRow, clip: FinishedClip) -> bool:
    """Whether the clip would be packed again just as it was."""
    packed = tuple((place.size, place.sha256) for place in row.members)
    wanted = tuple((member.size, member.sha256) for member in clip.row.members)
    return packed == wanted and row == _manifest_row(clip, row.shard, row.members) and _in_place(folder, row)


def _in_place(folder: CorpusFolder, row: ManifestRow) -> bool:
    last = row.members[-1]
    return folder.store.exists(row.shard) and folder.store.size(row.shard) >= last.offset + last.size


def _manifest_row(clip: FinishedClip, shard: str, members: tuple[MemberPlace, ...]) -> ManifestRow:
    return manifest_row(
        clip.record,
        clip.made,
        split=clip.row.split,
        shard=shard,
        members=members,
        plan_hash=clip.plan_hash,
        metadata=clip.record.source.metadata,
    )


def _next_numbers(existing: Sequence[ManifestRow]) -> dict[str, int]:
    """Per split the number after its last shard's, as in ``shards/train-00007.tar``."""
    numbers: dict[str, int] = {}
    for row in existing:
        number = int(PurePosixPath(row.shard).stem.rpartition("-")[2])
        numbers[row.split] = max(numbers.get(row.split, 0), number + 1)
    return numbers


def _write_shards(
    run: Run, shards: Sequence[PlannedShard], new: Sequence[FinishedClip], kept: int
) -> list[ManifestRow]:
    clips = {clip.row.key: clip for clip in new}
    rows: list[ManifestRow] = []
    with run.reporter.stage("pack", "shards", len(shards), kept) as advance:
        for shard in shards:
            written = write_shard(run.folder.store, shard, run.folder.store, _members(run))
            rows += [_manifest_row(clips[sample.key], shard.name, sample.members) for sample in written.samples]
            advance()
    return rows


def _remove_orphans(folder: CorpusFolder, wanted: set[str]) -> None:
    """Shards of an earlier packing that the manifest no longer names."""
    for name in folder.store.list("shards"):
        if _OUR_SHARD.fullmatch(name) and name not in wanted:
            folder.store.remove(name)
