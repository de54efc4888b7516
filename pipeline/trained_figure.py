"""What a model in training sees of a clip, as one picture: everything along time, and who sees whom below. The first latent
shows one frame, each later one four."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline.figure_text import shortened
from pipeline.film_strip import fill
from training.feeding.seen_clip import SeenClip, SeenText
from training.latent_mapping import STRIDE, first_frame_of

WIDTH = 1400
_MARGIN, _LABEL, _ROW, _STRIP, _MASK = 24, 130, 30, 110, 220
_AXIS = WIDTH - 2 * _MARGIN - _LABEL
_PAPER, _INK, _SOFT, _RULE = (255, 255, 255), (28, 31, 35), (91, 99, 109), (220, 223, 227)
_CUT = (201, 60, 40)
_SHOTS = ((201, 212, 227), (221, 228, 238))
_CAPTION, _EVENT, _GLOBAL = (230, 220, 243), (210, 235, 224), (236, 238, 241)
_SEES = (70, 106, 150)


def draw_trained_figure(seen: SeenClip) -> Image.Image:
    """RGB, 1400 pixels wide. Top to bottom: the visit; the first frame of each latent; cuts in red, shots, latents; each text over
    the latents that it is told of, a tick for each token that has a time; which latent (row) sees which in masked layers."""
    lanes = len(seen.texts)
    height = 2 * _MARGIN + 62 + _STRIP + _ROW * (3 + lanes) + _MASK + 40
    sheet = _Sheet(seen, height)
    _draw_head(sheet)
    _draw_strip(sheet)
    _draw_shots(sheet)
    for text in seen.texts:
        _draw_text(sheet, text)
    _draw_cuts(sheet)
    _draw_mask(sheet)
    return sheet.image


class _Sheet:
    """A page that is drawn from top to bottom; ``y`` is where the next thing goes."""

    def __init__(self, seen: SeenClip, height: int) -> None:
        self.seen = seen
        self.image = Image.new("RGB", (WIDTH, height), _PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.font = ImageFont.load_default(14)
        self.title = ImageFont.load_default(22)
        self.y = _MARGIN
        self.top = 0

    def x(self, steps: float) -> int:
        """``steps``: of latents, four frames each, from the window's first frame."""
        return _MARGIN + _LABEL + round(steps * STRIDE * _AXIS / self.seen.view.window.frames)

    def edge(self, latent: int) -> float:
        """The step at which a latent begins; of the one after the last, at which the window ends."""
        return min(first_frame_of(latent), self.seen.view.window.frames) / STRIDE

    def edges(self, latents: tuple[int, int]) -> tuple[float, float]:
        return self.edge(latents[0]), self.edge(latents[1])

    def text(self, x: float, y: float, text: str, room: float, fill_color: tuple[int, int, int] = _INK) -> None:
        if line := shortened(text, self.font, room):
            self.draw.text((x, y), line, fill=fill_color, font=self.font)

    def label(self, text: str) -> None:
        self.text(_MARGIN, self.y + 7, text, _LABEL - 8, _SOFT)

    def box(self, span: tuple[float, float], fill_color: tuple[int, int, int], text: str) -> None:
        """``span``: in steps."""
        left, right = self.x(span[0]), self.x(span[1])
        self.draw.rectangle([left, self.y + 1, max(left + 2, right - 2), self.y + _ROW - 3], fill=fill_color)
        self.text(left + 6, self.y + 6, text, max(right, left + 200) - left - 12)


def _draw_head(sheet: _Sheet) -> None:
    view, window = sheet.seen.view, sheet.seen.view.window
    sheet.draw.text((_MARGIN, sheet.y), view.row.key, fill=_INK, font=sheet.title)
    facts = (
        f"{sheet.seen.split}, visit {view.visit.name}, epoch {sheet.seen.epoch}: {window.frames} frames at {window.fps} a second, "
        f"{view.bucket.width}x{view.bucket.height}; {window.latents.latents} latents"
    )
    facts = "; ".join([facts, *window.told()])
    sheet.text(_MARGIN, sheet.y + 34, facts, WIDTH - 2 * _MARGIN, _SOFT)
    sheet.y += 62


def _draw_strip(sheet: _Sheet) -> None:
    """The first frame of each latent, in its column."""
    sheet.top = sheet.y
    sheet.label("first frames")
    for latent in range(sheet.seen.latents):
        picture = np.ascontiguousarray(sheet.seen.pictures[first_frame_of(latent)].transpose(1, 2, 0))
        left, right = sheet.x(sheet.edge(latent)), sheet.x(sheet.edge(latent + 1))
        sheet.image.paste(fill(picture, max(1, right - left - 1), _STRIP), (left, sheet.y))
    sheet.y += _STRIP + 4


def _draw_shots(sheet: _Sheet) -> None:
    sheet.label("latents")
    step = max(1, round(sheet.seen.latents / 24))
    for latent in range(0, sheet.seen.latents, step):
        sheet.text(sheet.x(sheet.edge(latent)) + 2, sheet.y + 6, str(latent), 60, _SOFT)
    sheet.y += _ROW
    sheet.label("shots")
    window = sheet.seen.view.window
    for number, (piece, latents) in enumerate(zip(window.pieces, sheet.seen.shot_latents(), strict=True)):
        sheet.box(sheet.edges(latents), _SHOTS[number % 2], f"{number}: shot {piece.shot}, {piece.frames} frames")
    sheet.y += _ROW


def _draw_text(sheet: _Sheet, text: SeenText) -> None:
    part = text.part
    said = text.text or "(the empty prompt)"
    sheet.label(f"{text.first} to {text.first + part.tokens}" + (f", entity {part.entity}" if part.entity else ""))
    if part.interval is not None:
        sheet.box(part.interval, _EVENT, said)
        for time in text.times:
            x = sheet.x(time)
            sheet.draw.line([(x, sheet.y + _ROW - 9), (x, sheet.y + _ROW - 3)], fill=_INK)
    elif part.shots is not None:
        for shot in part.shots:
            sheet.box(sheet.edges(sheet.seen.shot_latents()[shot]), _CAPTION, said)
    else:
        sheet.box(sheet.edges((0, sheet.seen.latents)), _GLOBAL, said)
    sheet.y += _ROW


def _draw_cuts(sheet: _Sheet) -> None:
    for start, _ in sheet.seen.shot_latents()[1:]:
        x = sheet.x(sheet.edge(start))
        sheet.draw.line([(x, sheet.top), (x, sheet.y)], fill=_CUT, width=2)


def _draw_mask(sheet: _Sheet) -> None:
    sheet.y += 20
    seen, layers = sheet.seen, sheet.seen.plan.masked_layers
    sheet.label("who sees whom")
    left, count = _MARGIN + _LABEL, seen.latents
    for row in range(count):
        for column in range(count):
            colour = _SEES if layers is None or seen.sees(row, column) else _RULE
            box = [left + column * _MASK // count, sheet.y + row * _MASK // count]
            box += [left + (column + 1) * _MASK // count - 1, sheet.y + (row + 1) * _MASK // count - 1]
            sheet.draw.rectangle(box, fill=colour)
    said = (
        "no layer keeps shots apart"
        if layers is None
        else f"video in layers {layers[0]} to {layers[1]}: a row's latent sees"
    )
    sheet.text(left + _MASK + 20, sheet.y + 4, said, 600, _SOFT)
    if layers is not None:
        sheet.text(left + _MASK + 20, sheet.y + 26, "the columns in blue; in all other layers it sees all", 600, _SOFT)
