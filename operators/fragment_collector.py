"""Turns boundaries, as they become final, into fragments: what lies between two of them."""

from __future__ import annotations

from dataclasses import dataclass

from formats.exact_time import FrameRange
from formats.film_scan import FoundTransition, FrameHash
from operators.film_splitter import Boundary
from operators.fragment_hashes import hash_fragment
from operators.picture_models.fragment_models import FragmentModels
from operators.scores.bars import PictureShare
from operators.scores.fragment import fragment_picture
from operators.scores.frame_look import FrameLook, FrameLooks
from operators.thumbnail_sheet import TilePicker


@dataclass(frozen=True)
class OpenFragment:
    """A fragment whose signals have not been summed up yet. ``tile`` is a JPEG."""

    frames: FrameRange
    head: tuple[int, ...]
    tail: tuple[int, ...]
    looks: tuple[FrameLook, ...]
    hashes: tuple[FrameHash, ...]
    tile: bytes


class FragmentCollector:
    """Takes boundaries in film order. ``models`` see each fragment once it is final."""

    def __init__(self, picker: TilePicker, looks: FrameLooks, models: FragmentModels | None = None) -> None:
        self._picker, self._looks, self._models = picker, looks, models
        self._found: list[FoundTransition] = []
        self._fragments: list[OpenFragment] = []
        self._start = 0
        self._head: tuple[int, ...] = ()

    def start(self, head: tuple[int, ...]) -> None:
        """``head``: the embedding of the film's first frame."""
        self._head = head

    def add(self, boundary: Boundary) -> None:
        self._found.append(boundary.transition)
        self._close(boundary.transition.frames[0], boundary.before)
        self._start, self._head = boundary.transition.frames[1], boundary.after

    def finish(self, frames: int, tail: tuple[int, ...]) -> list[OpenFragment]:
        """All fragments of a film of ``frames`` frames whose last one has the embedding ``tail``."""
        self._close(frames, tail)
        return self._fragments

    def transitions(self, frames: int) -> tuple[FoundTransition, ...]:
        """Those with a picture before and after."""
        return tuple(each for each in self._found if not _is_edge(each, frames))

    def edges(self, frames: int) -> tuple[FrameRange, ...]:
        """Fades that begin with the film's first frame or end with its last."""
        return tuple(each.frames for each in self._found if _is_edge(each, frames))

    def _close(self, end: int, tail: tuple[int, ...]) -> None:
        if end > self._start:
            tile, samples = self._picker.finish_fragment(self._start, end)
            looks = self._looks.finish_fragment(self._start, end)
            box = fragment_picture(looks) or PictureShare(0.0, 0.0, 1.0, 1.0)
            hashes = hash_fragment((self._start, end), samples, box.pixels)
            if self._models is not None:
                self._models.finish_fragment((self._start, end))
            self._fragments.append(OpenFragment((self._start, end), self._head, tail, looks, hashes, tile))


def _is_edge(found: FoundTransition, frames: int) -> bool:
    return found.kind != "cut" and (found.frames[0] == 0 or found.frames[1] == frames)
