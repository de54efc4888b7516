"""``shotloom import cinebench``: annotation files in, a folder of timelines out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

import typer

from formats.cinebench import MAX_CONTAINER_BYTES, CineBenchClip, CineBenchError, read_cinebench_file
from formats.cinebench_images import cinebench_mask_name
from formats.cinebench_timeline import Finding, import_cinebench
from formats.filesystem import BadNameError, CorpusStore, checked_name
from formats.timeline import TIMELINE_SUFFIX, Timeline, timeline_json
from pipeline.progress import Reporter, visible

ORIGIN = "cinebench"
REFERENCES = "references"
MAX_IMAGE_BYTES = 64 * 1024 * 1024
_SUFFIX = "_ultra_dense.json"
_RATE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(?:/([1-9][0-9]{0,5}))?")
_EXAMPLES = 2


class ImportUsageError(ValueError):
    """The command was used in a way that cannot work."""


@dataclass(frozen=True)
class ImportOptions:
    """``fps`` as text, ``seconds`` and ``refs`` as in the command's help."""

    out: Path
    fps: str
    seconds: float | None
    refs: Path | None


@dataclass
class _Done:
    """``timelines``: which file each name is from. ``failed``: reasons by place."""

    timelines: dict[str, str] = field(default_factory=dict)
    images: dict[str, Path] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    findings: list[tuple[str, Finding | MissingImage]] = field(default_factory=list)


@dataclass(frozen=True)
class MissingImage:
    """A reference image that is named but could not be taken along."""

    detail: str
    kind: str = "missing_image"


def import_annotations(files: Sequence[Path], options: ImportOptions, as_json: bool) -> int:
    """Returns the exit code: 1 when a file is no annotation. Raises ``ImportUsageError``."""
    fps = _rate(options.fps)
    listed = list(_listed(files))
    store = CorpusStore(options.out.resolve())
    done = _Done()
    with Reporter(quiet=as_json).stage("import", "files", len(listed), 0) as advance:
        for path in listed:
            before = len(done.failed)
            _import_file(path, options, fps, store, done)
            advance(failed=len(done.failed) > before)
    typer.echo(_as_json(done) if as_json else _as_text(done, options.out))
    return int(bool(done.failed))


def _rate(text: str) -> Fraction:
    match = _RATE.fullmatch(text)
    fps = Fraction(match[1]) / int(match[2] or 1) if match else Fraction(0)
    if not 0 < fps <= 1000:
        raise ImportUsageError(f"--fps {text}: must be a number such as 24, 23.976 or 24000/1001, at most 1000")
    return fps


def _listed(files: Sequence[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            found = sorted(path.rglob(f"*{_SUFFIX}"))
            if not found:
                raise ImportUsageError(
                    f"{path}: holds no *{_SUFFIX}; name the files one by one if they are called otherwise"
                )
            yield from found
        elif path.is_file():
            yield path
        else:
            raise ImportUsageError(f"{path}: no such file or folder")


def _import_file(path: Path, options: ImportOptions, fps: Fraction, store: CorpusStore, done: _Done) -> None:
    try:
        with path.open("rb") as stream:
            clips = read_cinebench_file(stream.read(MAX_CONTAINER_BYTES + 1))
    except (OSError, CineBenchError) as error:
        done.failed[str(path)] = str(error)
        return
    base = path.name.removesuffix(_SUFFIX).removesuffix(".json")
    for number, clip in enumerate(clips):
        name = base if len(clips) == 1 else f"{base}-{number:05d}"
        place = str(path) if len(clips) == 1 else f"{path}[{number}]"
        try:
            _import_clip(clip, name, path, options, fps, store, done)
        except (CineBenchError, BadNameError) as error:
            done.failed[place] = str(error)


def _import_clip(
    clip: CineBenchClip | CineBenchError,
    name: str,
    path: Path,
    options: ImportOptions,
    fps: Fraction,
    store: CorpusStore,
    done: _Done,
) -> None:
    if isinstance(clip, CineBenchError):
        raise clip
    target = checked_name(f"{name}{TIMELINE_SUFFIX}")
    if name in done.timelines:
        raise CineBenchError(f"{done.timelines[name]} is named {name} too")
    found = import_cinebench(clip, name=name, fps=fps, origin=ORIGIN, duration=options.seconds)
    folder = options.refs or path.resolve().parent.parent / "reference_images"
    done.findings += [(name, finding) for finding in found.findings]
    done.findings += [(name, missing) for missing in _copy_images(found.timeline, folder, store, done)]
    store.write_atomic(target, timeline_json(found.timeline))
    done.timelines[name] = str(path)


def _copy_images(timeline: Timeline, folder: Path, store: CorpusStore, done: _Done) -> Iterator[MissingImage]:
    for entity in timeline.entities:
        image = folder / entity.reference
        if not entity.reference or done.images.get(entity.reference) == image:
            continue
        if entity.reference in done.images:
            yield MissingImage(f"entity {entity.name}: {done.images[entity.reference]} has the same name as {image}")
        elif not image.is_file():
            yield MissingImage(f"entity {entity.name}: {image} is not there")
        elif image.stat().st_size > MAX_IMAGE_BYTES:
            yield MissingImage(f"entity {entity.name}: {image} is larger than {MAX_IMAGE_BYTES} bytes")
        else:
            _copy_image(image, store, done)
            mask = folder / cinebench_mask_name(entity.reference)
            if mask.name not in done.images and mask.is_file() and mask.stat().st_size <= MAX_IMAGE_BYTES:
                _copy_image(mask, store, done)


def _copy_image(image: Path, store: CorpusStore, done: _Done) -> None:
    store.write_atomic(f"{REFERENCES}/{image.name}", image.read_bytes())
    done.images[image.name] = image


def _as_json(done: _Done) -> str:
    findings = [{"timeline": name, **asdict(finding)} for name, finding in done.findings]
    value = {"timelines": sorted(done.timelines), "images": sorted(done.images), "failed": done.failed}
    return json.dumps(value | {"findings": findings}, ensure_ascii=False)


def _as_text(done: _Done, out: Path) -> str:
    lines = [f"failed: {place}: {reason}" for place, reason in done.failed.items()]
    counts = Counter(finding.kind for _, finding in done.findings)
    for kind, count in counts.most_common():
        lines.append(f"{kind}: {count}")
        examples = [(name, finding) for name, finding in done.findings if finding.kind == kind][:_EXAMPLES]
        lines += [f"  {name}: {finding.detail}" for name, finding in examples]
    lines.append(f"{len(done.timelines)} timelines and {len(done.images)} reference images in {out}")
    return "\n".join(visible(line) for line in lines)
