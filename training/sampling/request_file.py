"""Reading a request from a file: a clip record, a timeline, a CineBenchSyn annotation, or a short YAML written by hand.

The YAML::

    duration: 5
    summary: A woman waits on a pier; a man comes.     # optional
    cuts: [2.5]                                        # optional
    captions: [A woman waits., A man comes.]           # optional, one per shot
    entities: {woman: She wears a red coat.}           # optional, what they look like
    events:                                            # start, end, what happens; then a reference image, and whose it is
      - [0, 2.5, "{woman} looks at the sea."]
      - [2.5, 5, walks away, woman.jpg, woman]
      - {start: 0, end: 5, prompt: pans left, tag: camera}
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from formats.cinebench import CineBenchClip, CineBenchError, read_cinebench_file
from formats.cinebench_timeline import import_cinebench
from formats.clip_json import read_clip_json
from formats.invariants import ENTITY_NAME, ClipError
from formats.timeline import TimelineError, read_timeline
from training.sampling.request import WAN_FPS, RequestError, VideoRequest, request_of_clip, request_of_timeline
from training.words import ClipWords, SpokenEntity, SpokenEvent

MAX_BYTES = 16 * 1024 * 1024
_HARD_CUT: Final = 1 / WAN_FPS
"""A transition that is shorter is a hard cut: it falls between two frames."""
_LEFT_OUT: Final = ("bad_name", "repeated_name", "dangling_event", "no_interval", "backwards", "outside")
_TAGS: Final = ("camera", "scene", "transition")
_MAX_YAML_BYTES = 1 << 20

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Event(_Part):
    start: Seconds
    end: Seconds
    prompt: str = Field(min_length=1)
    ref: str | None = None
    tag: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        """``[start, end, prompt]``, ``[start, end, prompt, tag]`` or ``[start, end, prompt, ref, tag]``."""
        if isinstance(value, list) and len(value) in (3, 4, 5):
            names = ("start", "end", "prompt", "ref", "tag") if len(value) == 5 else ("start", "end", "prompt", "tag")
            return dict(zip(names, value, strict=False))
        return value

    @property
    def name(self) -> str:
        """Of its entity, in braces: by its tag, or by how the prompt opens where that is ``subject`` or empty."""
        opened = ENTITY_NAME.match(self.prompt)
        if self.tag not in ("", "subject"):
            return f"{{{self.tag.removeprefix('{').removesuffix('}')}}}"
        if opened is None:
            raise RequestError(
                f"the event {self.prompt!r} begins with no {{name}}, and no tag says whose it is: tag it with the name of an entity"
            )
        return opened[0]

    @property
    def cuts(self) -> bool:
        """Whether it is a hard cut."""
        return self.name == "{transition}" and _exact(self.end) - _exact(self.start) < _HARD_CUT


class _ShortTimeline(_Part):
    duration: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
    summary: str = ""
    cuts: tuple[Seconds, ...] = ()
    captions: tuple[str, ...] = ()
    entities: dict[str, str] = {}
    events: tuple[_Event, ...] = ()


def read_request(file: Path) -> VideoRequest:
    """Raises ``RequestError``, naming the file."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise RequestError(f"larger than {MAX_BYTES} bytes")
        data = file.read_bytes()
        return _of_yaml(data) if file.suffix in (".yaml", ".yml") else _of_json(data)
    except (OSError, RequestError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError(f"{file}: {reason}") from error


def _of_json(data: bytes) -> VideoRequest:
    try:
        return _by_schema(data)
    except (ClipError, TimelineError, CineBenchError, ValueError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"neither a clip record, nor a timeline, nor a CineBenchSyn annotation: {error}") from error


def _by_schema(data: bytes) -> VideoRequest:
    try:
        values = json.loads(data)
    except RecursionError:
        raise RequestError("nested too deep to be a timeline") from None
    schema = values.get("schema") if isinstance(values, dict) else None
    if schema == "shotloom.clip/1":
        return request_of_clip(read_clip_json(data))
    if schema == "shotloom.timeline/1":
        return request_of_timeline(read_timeline(data))
    found = read_cinebench_file(data)
    if len(found) != 1 or not isinstance(found[0], CineBenchClip):
        raise RequestError(f"it holds {len(found)} annotations; one is made into a video: {found[0] if found else ''}")
    imported = import_cinebench(found[0], name="request", fps=Fraction(24), origin="request")
    left_out = tuple(finding.detail for finding in imported.findings if finding.kind in _LEFT_OUT)
    return replace(request_of_timeline(imported.timeline), left_out=left_out)


def _of_yaml(data: bytes) -> VideoRequest:
    if len(data) > _MAX_YAML_BYTES:
        raise RequestError(f"larger than {_MAX_YAML_BYTES} bytes")
    try:
        short = _ShortTimeline.model_validate(yaml.safe_load(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise RequestError(f"{'.'.join(str(part) for part in first['loc']) or 'the file'}: {first['msg']}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RequestError(f"not readable as YAML: {error}") from error
    return _of_short(short)


def _of_short(short: _ShortTimeline) -> VideoRequest:
    duration = _exact(short.duration)
    names = dict.fromkeys([*(f"{{{name}}}" for name in short.entities), *(event.name for event in short.events)])
    bad = [name for name in names if not ENTITY_NAME.fullmatch(name)]
    if bad:
        raise RequestError(f"{bad[0]} is no name: small letters, digits and underscores")
    _require_known(short)
    for event in short.events:
        if event.end < event.start or event.end > short.duration:
            raise RequestError(
                f"the event {event.prompt!r} lies from {event.start:g} to {event.end:g} s of {short.duration:g}"
            )
    cuts = [_exact(cut) for cut in short.cuts] + [_exact(event.start) for event in short.events if event.cuts]
    if any(not 0 < cut < duration for cut in cuts):
        raise RequestError("a cut lies inside the video, not at its start or end")
    soft = tuple(
        (_exact(event.start), _exact(event.end))
        for event in short.events
        if event.name == "{transition}" and not event.cuts
    )
    words = ClipWords(
        summary=short.summary or None,
        captions=short.captions,
        entities=tuple(SpokenEntity(name[1:-1], name, short.entities.get(name[1:-1], "")) for name in names),
        events=tuple(
            SpokenEvent(event.name[1:-1], _exact(event.start), _exact(event.end), event.prompt)
            for event in short.events
        ),
    )
    references = tuple(dict.fromkeys(event.ref for event in short.events if event.ref))
    return VideoRequest(duration, tuple(sorted(set(cuts))), words, soft, references)


def _require_known(short: _ShortTimeline) -> None:
    """A tag that nobody else speaks of would make an entity of a slip of the pen."""
    opened = (ENTITY_NAME.match(event.prompt) for event in short.events)
    known = {*(f"{{{name}}}" for name in (*short.entities, *_TAGS)), *(match[0] for match in opened if match)}
    for event in short.events:
        if event.name not in known:
            raise RequestError(
                f"the tag {event.tag!r} of {event.prompt!r} is none of {', '.join(_TAGS)}, subject, and no entity's name"
            )


def _exact(seconds: float) -> Fraction:
    """The decimal number that was written."""
    return Fraction(str(seconds))
