"""A clip's pictures as one file: a ZIP without compression of ``clip.json`` and one JPEG per picture.

The child process that decoded the clip writes it, so it is read as untrusted: nothing is unpacked to disk, sizes and counts
are bounded, and the shots must be those of the clip that was asked about.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from captioning.asks import AskPicture
from captioning.frames.frame_choice import chosen_frames, picture_size
from captioning.frames.sampled_clip import SampledClip, SampledFrame, SampledShot
from captioning.frames.sampling_settings import PATCH_SIDE, SamplingSettings
from formats.clip_plan import MadeClip
from formats.exact_time import parse_rational, seconds_at
from formats.film_scan import Record
from operators.aside import written_aside

_HEADER = "clip.json"
_MOST_HEADER_BYTES = 4 * 1024 * 1024
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_BYTES_PER_PIXEL = 3
_JPEG_HEAD_BYTES = 4096


class SampledFileError(ValueError):
    """The file is not what ``write_sampled`` writes of this clip."""


class _Place(Record):
    """A picture without its bytes."""

    shot: int = Field(ge=0)
    frame: int = Field(ge=0)
    width: int
    height: int


class _Header(Record):
    key: str
    pictures: tuple[_Place, ...]


def write_sampled(out: Path, key: str, pictures: Iterable[tuple[int, int, AskPicture]]) -> int:
    """``pictures``: shot, frame and picture, one held at a time. Equal pictures, equal bytes. Returns how many there were."""
    places: list[_Place] = []
    with written_aside(out) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
        for shot, frame, picture in pictures:
            archive.writestr(zipfile.ZipInfo(_name(len(places)), _FIXED_DATE), picture.jpeg)
            places.append(_Place(shot=shot, frame=frame, width=picture.width, height=picture.height))
        header = _Header(key=key, pictures=tuple(places)).model_dump_json().encode()
        archive.writestr(zipfile.ZipInfo(_HEADER, _FIXED_DATE), header)
    return len(places)


def read_sampled(path: Path, made: MadeClip, settings: SamplingSettings) -> SampledClip:
    """The pictures of ``made``. Raises ``SampledFileError`` for any other file, also for one that is larger than its pictures
    could be, and for pictures of other frames than ``settings`` choose; ``OSError`` if it cannot be read.
    """
    try:
        if path.stat().st_size > most_bytes(made, settings):
            raise SampledFileError(f"{path.name} is larger than pictures of this clip can be")
        with zipfile.ZipFile(path) as archive:
            header = _Header.model_validate_json(_stored(archive, _HEADER, _MOST_HEADER_BYTES))
            return _clip(archive, header, made, settings)
    except (zipfile.BadZipFile, KeyError, ValidationError, NotImplementedError, RuntimeError) as error:
        raise SampledFileError(f"{path.name} does not hold a clip's pictures: {type(error).__name__}") from error


def most_bytes(made: MadeClip, settings: SamplingSettings) -> int:
    """More than the file of ``made`` can have, and more than its pictures take in memory: a JPEG is smaller than its pixels."""
    return len(made.shots) * settings.pictures_per_shot * _most_jpeg(settings) + _MOST_HEADER_BYTES


def _most_jpeg(settings: SamplingSettings) -> int:
    return settings.picture_tokens * PATCH_SIDE**2 * _BYTES_PER_PIXEL + _JPEG_HEAD_BYTES


def _clip(archive: zipfile.ZipFile, header: _Header, made: MadeClip, settings: SamplingSettings) -> SampledClip:
    fps = parse_rational(made.fps)
    expected = [(i, frame) for i, shot in enumerate(made.shots) for frame in chosen_frames(shot, fps, settings)]
    size = picture_size(made.width, made.height, settings.picture_tokens)
    if header.key != made.key or [(p.shot, p.frame) for p in header.pictures] != expected:
        raise SampledFileError(f"the pictures are not those of clip {made.key}")
    if any((p.width, p.height) != size for p in header.pictures):
        raise SampledFileError(f"the pictures of clip {made.key} are not {size[0]}x{size[1]}")
    frames: list[list[SampledFrame]] = [[] for _ in made.shots]
    for number, place in enumerate(header.pictures):
        jpeg = _stored(archive, _name(number), _most_jpeg(settings))
        picture = AskPicture(jpeg, place.width, place.height)
        frames[place.shot].append(SampledFrame(place.frame, seconds_at(place.frame, fps), picture))
    shots = (SampledShot(i, r, tuple(p)) for i, (r, p) in enumerate(zip(made.shots, frames, strict=True)))
    return SampledClip(made.key, fps, tuple(shots))


def _stored(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > most:
        raise SampledFileError(f"{name} is compressed or too large")
    return archive.read(entry)


def _name(number: int) -> str:
    return f"{number:05d}.jpg"
