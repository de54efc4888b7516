"""What somebody wants to see, and what of it falls on which latent.

Cuts can only lie between latents: before frame 4k + 1. What is asked for is moved to the nearest such frame, and told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from formats.clip_record import ClipRecord
from formats.exact_time import parse_rational
from formats.timeline import Timeline
from training.latent_mapping import STRIDE, latent_of, latents_of
from training.words import ClipWords, SpokenEntity, SpokenEvent

WAN_FPS = Fraction(16)
"""Wan2.1's frame rate."""


class RequestError(ValueError):
    """A timeline that cannot be made into a video; the text names what and why."""


@dataclass(frozen=True)
class VideoRequest:
    """``cuts`` in seconds, rising; ``soft``: dissolves, fades and the like, which are no shot borders. ``words.captions`` has one
    text per shot, or none at all. ``references``: images of subjects, by the names that were written. ``left_out``: what
    of a foreign file could not be read."""

    duration: Fraction
    cuts: tuple[Fraction, ...]
    words: ClipWords
    soft: tuple[tuple[Fraction, Fraction], ...] = ()
    references: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class SnappedCut:
    """``frame`` is the first of the new shot; None where the cut was left out, because another lies on the same latent or it is
    at the video's end."""

    asked: Fraction
    frame: int | None

    def said(self, fps: Fraction) -> str:
        if self.frame is None:
            return f"cut at {float(self.asked):.3f} s: left out, no latent between it and the one before or the end"
        return f"cut at {float(self.asked):.3f} s: before frame {self.frame}, {float(self.frame / fps):.3f} s"


@dataclass(frozen=True)
class SnappedVideo:
    """``starts``: first latents of the shots that are left. ``words``: with the captions of those shots, a shot that swallowed
    others having all of theirs."""

    frames: int
    starts: tuple[int, ...]
    words: ClipWords
    cuts: tuple[SnappedCut, ...]

    @property
    def latents(self) -> int:
        return latents_of(self.frames)

    def said(self, fps: Fraction) -> list[str]:
        """Its length, and where its cuts were asked for and are."""
        told = f"{self.frames} frames at {float(fps):g} a second, {len(self.starts)} shots"
        return [told, *(cut.said(fps) for cut in self.cuts)]


def request_of_clip(record: ClipRecord) -> VideoRequest:
    """To make anew what a clip of a corpus says of itself. Events' times are those of its frames."""
    fps = parse_rational(record.video.fps)
    summaries = [caption.text for caption in record.captions if caption.shot == -1 and caption.kind == "summary"]
    by_shot = {caption.shot: caption.text for caption in record.captions if caption.kind == "shot"}
    words = ClipWords(
        summary=summaries[0] if summaries else None,
        captions=tuple(by_shot.get(shot.index, "") for shot in record.shots),
        entities=tuple(SpokenEntity(each.id, each.name, each.description) for each in record.entities),
        events=tuple(
            SpokenEvent(event.entity, event.frames[0] / fps, event.frames[1] / fps, event.prompt)
            for event in record.events
        ),
    )
    cuts = tuple(shot.frames[0] / fps for shot in record.shots[1:])
    references = tuple(entity.reference for entity in record.entities if entity.reference)
    return VideoRequest(Fraction(record.video.frames) / fps, cuts, words, references=references)


def request_of_timeline(timeline: Timeline) -> VideoRequest:
    """Events' times are the seconds that were written."""
    fps = parse_rational(timeline.fps)
    words = ClipWords(
        summary=timeline.summary or None,
        captions=(),
        entities=tuple(SpokenEntity(each.id, each.name, each.description) for each in timeline.entities),
        events=tuple(
            SpokenEvent(event.entity, Fraction(event.start), Fraction(event.end), event.prompt)
            for event in timeline.events
        ),
    )
    soft = tuple((start / fps, end / fps) for start, end in timeline.soft_transitions)
    cuts = tuple(frame / fps for frame in timeline.cuts)
    references = tuple(entity.reference for entity in timeline.entities if entity.reference)
    return VideoRequest(Fraction(timeline.duration), cuts, words, soft, references)


def snap(request: VideoRequest, fps: Fraction, most_frames: int) -> SnappedVideo:
    """The length is the nearest 4n + 1 frames, 5 at least. A request of more than ``most_frames`` is refused: ``RequestError``."""
    wanted = request.duration * fps
    if wanted > most_frames + STRIDE // 2:
        raise RequestError(
            f"{float(request.duration):.2f} s at {float(fps):g} frames a second are {float(wanted):.0f} frames, more than "
            f"{most_frames}: raise the limit on frames, or ask for a shorter video"
        )
    frames = max(5, STRIDE * round((wanted - 1) / STRIDE) + 1)
    cuts, kept = [], [0]
    for asked in request.cuts:
        frame = STRIDE * round((asked * fps - 1) / STRIDE) + 1
        fits = latent_of(frame) > kept[-1] and frame < frames
        cuts.append(SnappedCut(asked, frame if fits else None))
        if fits:
            kept.append(latent_of(frame))
    words = replace(request.words, captions=_joined(request.words.captions, cuts))
    end = frames / fps
    moved = (_with_cuts(event, cuts, fps) for event in words.events)
    events = tuple(
        replace(event, start=min(event.start, end), end=min(event.end, end))
        for event in moved
        if event.start < end or event.start == event.end == 0
    )
    return SnappedVideo(frames, tuple(kept), replace(words, events=events), tuple(cuts))


def _with_cuts(event: SpokenEvent, cuts: Sequence[SnappedCut], fps: Fraction) -> SpokenEvent:
    """What begins or ends at a cut moves with it, as in training, where events are cut to shots of whole latents. A hard cut's own
    event moves as a whole."""
    start, end = _with_cut(event.start, cuts, fps), _with_cut(event.end, cuts, fps)
    if event.end - event.start < 1 / fps:
        end = start + (event.end - event.start)
    return replace(event, start=start, end=max(start, end))


def _with_cut(border: Fraction, cuts: Sequence[SnappedCut], fps: Fraction) -> Fraction:
    """``border`` lies at a cut if it is not half a frame away from it: a timeline's cuts are on the grid of its own rate."""
    taken = [(abs(cut.asked - border), cut.frame / fps) for cut in cuts if cut.frame is not None]
    away, where = min(taken, default=(1 / fps, border))
    return where if away < 1 / (2 * fps) else border


def _joined(captions: Sequence[str], cuts: Sequence[SnappedCut]) -> tuple[str, ...]:
    """Captions of shots that were merged, one after another."""
    if not captions:
        return ()
    if len(captions) != len(cuts) + 1:
        raise RequestError(f"{len(captions)} captions for {len(cuts) + 1} shots; give one for each, or none")
    out = [captions[0]]
    for caption, cut in zip(captions[1:], cuts, strict=True):
        if cut.frame is None:
            out[-1] = f"{out[-1]} {caption}".strip()
        else:
            out.append(caption)
    return tuple(out)
