"""``shotloom verify``: a corpus against its own word. Needs the shards and the manifest, no sources and no stage files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.invariants import ClipError
from formats.manifest import ManifestError, ManifestRow, manifest_row, open_clip, read_manifest
from formats.references import ReferencesError, references_of
from formats.shard_layout import MEMBERS, REFERENCES
from formats.shard_reader import ShardError, stream_shard
from pipeline.build import BOOKS, DONE
from pipeline.config import LimitSettings
from pipeline.corpus_folder import MANIFEST
from pipeline.progress import Reporter, visible
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_pool import Arguments, run_in_sandboxes

_TASK = "operators.cut:verify_clip_task"


def verify_corpus(corpus: Path, as_json: bool) -> int:
    """Returns the exit code: 1 when anything is not as written."""
    store = CorpusStore(corpus.resolve())
    try:
        rows = read_manifest(store, MANIFEST)
    except (OSError, ManifestError) as error:
        return _report(0, {MANIFEST: [f"cannot be read: {error}"]}, as_json)
    problems = _shard_problems(store, rows)
    problems.update(_split_problems(rows))
    reporter = Reporter(quiet=as_json)
    with reporter.stage("verify", "clips", len(rows), 0) as advance:
        for row, found in zip(rows, _clip_problems(store, rows), strict=True):
            if found:
                problems.setdefault(row.key, []).extend(found)
            advance(failed=bool(found))
    return _report(len(rows), problems, as_json)


def _split_problems(rows: Sequence[ManifestRow]) -> dict[str, list[str]]:
    """No source may be in two splits."""
    splits: dict[str, set[str]] = {}
    for row in rows:
        splits.setdefault(row.source_sha256, set()).add(row.split)
    return {
        f"source {sha[:16]}": [f"is in more than one split: {', '.join(sorted(found))}"]
        for sha, found in sorted(splits.items())
        if len(found) > 1
    }


def _shard_problems(store: CorpusStore, rows: Sequence[ManifestRow]) -> dict[str, list[str]]:
    """Every shard read from end to end: structure, schema, invariants, reference images, and that it holds just what the
    manifest says."""
    problems: dict[str, list[str]] = {}
    listed: dict[str, set[str]] = {}
    members = rows[0].member_names if rows else MEMBERS
    for row in rows:
        listed.setdefault(row.shard, set()).add(row.key)
    present = {name for name in store.list("shards") if name.endswith(".tar")}
    for name in sorted(present - set(listed)):
        problems[name] = ["is not in the manifest"]
    for name, keys in sorted(listed.items()):
        if name not in present:
            problems[name] = ["is missing"]
            continue
        try:
            found = set()
            with store.open_read(name) as stream:
                for sample in stream_shard(stream, members):
                    record = sample.record()
                    if REFERENCES in members:
                        references_of(record, sample.member(REFERENCES))
                    found.add(sample.key)
        except (ShardError, ClipError, ReferencesError, OSError) as error:
            problems[name] = [str(error)]
            continue
        if found != keys:
            problems[name] = [
                f"holds {len(found - keys)} clips that the manifest does not name, lacks {len(keys - found)}"
            ]
    return problems


def _clip_problems(store: CorpusStore, rows: Sequence[ManifestRow]) -> list[list[str]]:
    limits = LimitSettings()
    found: list[list[str]] = [[] for _ in rows]
    with tempfile.TemporaryDirectory(prefix="shotloom-verify-") as folder:
        jobs = [_job(store, row, Path(folder), found[number]) for number, row in enumerate(rows)]
        for row, problems, reply in zip(
            rows, found, run_in_sandboxes(_TASK, jobs, limits.clip_seconds, limits), strict=True
        ):
            if not problems:
                problems += _reply_problems(reply)
            (Path(folder) / f"{row.key}.mp4").unlink(missing_ok=True)
    return found


def _job(store: CorpusStore, row: ManifestRow, folder: Path, problems: list[str]) -> Callable[[], Arguments]:
    """Takes the clip out of its shard when its turn comes, so that few lie on disk at once."""

    def fetch() -> Arguments:
        target = folder / f"{row.key}.mp4"
        try:
            clip = open_clip(store, row)
            problems.extend(_disagreements(row, clip.record))
            target.write_bytes(clip.video)
        except (ShardError, ClipError, OSError) as error:
            problems.append(str(error))
        return {"clip": str(target), "made": row.made().model_dump(mode="json")}

    return fetch


def _disagreements(row: ManifestRow, record: ClipRecord) -> list[str]:
    try:
        again = manifest_row(
            record,
            row.made(),
            split=row.split,
            shard=row.shard,
            members=row.members,
            plan_hash=row.plan_hash,
            metadata=row.metadata,
        )
    except ManifestError as error:
        return [str(error)]
    return [] if again == row else ["the record and the manifest do not agree"]


def _reply_problems(reply: SandboxReply) -> list[str]:
    if reply.outcome == "done":
        return [str(problem) for problem in reply.value["problems"]]
    return [f"{reply.reason or reply.outcome}: {reply.detail}"]


def _report(clips: int, problems: dict[str, list[str]], as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps({"clips": clips, "problems": problems}, ensure_ascii=False))
    else:
        for name, found in problems.items():
            for problem in found:
                typer.echo(visible(f"{name}: {problem}"))
        typer.echo(
            f"{clips} clips checked, {len(problems)} with problems" if problems else f"{clips} clips checked, all right"
        )
    return BOOKS if problems else DONE
