"""Colour of a clip: 8-bit 4:2:0, limited range, BT.709 or BT.601, always tagged; and what that loses of the source."""

from __future__ import annotations

from dataclasses import dataclass

from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from operators.tone_map import HDR_TRANSFERS

# AVColorSpace of ITU-T H.273, table 4.
BT709, UNSPECIFIED, BT470BG, SMPTE170M = 1, 2, 5, 6
_BT601 = (BT470BG, SMPTE170M)
_SWS_MATRIX = {
    BT709: Colorspace.ITU709,
    4: Colorspace.FCC,
    BT470BG: Colorspace.ITU601,
    SMPTE170M: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_SDR_TRANSFERS = (ColorTrc.BT709, ColorTrc.SMPTE170M, ColorTrc.GAMMA22, ColorTrc.GAMMA28, ColorTrc.IEC61966_2_1)


@dataclass(frozen=True)
class ClipColour:
    """Tags as numbers of ITU-T H.273: ``matrix`` (1, 5 or 6), ``primaries``, ``transfer``. The range is limited."""

    matrix: int
    primaries: int
    transfer: int

    @property
    def sws_matrix(self) -> int:
        return int(_SWS_MATRIX[self.matrix])


def guessed_matrix(frame: VideoFrame) -> int:
    """Heuristic for untagged sources, mpv's: BT.709 from 1280 columns or 577 lines up, BT.601 below."""
    return BT709 if frame.width >= 1280 or frame.height > 576 else SMPTE170M


def source_matrix(frame: VideoFrame) -> int:
    """AVColorSpace of ``frame``, guessed where an untagged picture is YUV."""
    if _is_rgb(frame) or int(frame.colorspace) != UNSPECIFIED:
        return int(frame.colorspace)
    return guessed_matrix(frame)


def sws_source_matrix(frame: VideoFrame) -> int | None:
    """swscale's number for the frame's matrix; ``None`` leaves the frame's own tag (RGB, YCgCo) in force."""
    if _is_rgb(frame):
        return None
    matrix = _SWS_MATRIX.get(source_matrix(frame))
    return None if matrix is None else int(matrix)


def _is_rgb(frame: VideoFrame) -> bool:
    return bool(frame.format.is_rgb or frame.format.has_palette)


def is_full_range(frame: VideoFrame) -> bool:
    """As stated; where nothing is, for formats that are full range by name or, as swscale has it, grey."""
    if frame.format.name.startswith("yuvj") or int(frame.color_range) == ColorRange.JPEG or _is_rgb(frame):
        return True
    return frame.format.name.startswith(("gray", "ya")) and int(frame.color_range) != ColorRange.MPEG


def clip_colour(frame: VideoFrame) -> ClipColour:
    """BT.601 and BT.709 stay what they are, so that no pixel is touched for its colour; all else becomes BT.709."""
    matrix = source_matrix(frame)
    transfer = int(frame.color_trc)
    if matrix in _BT601:
        primaries = int(frame.color_primaries) if int(frame.color_primaries) in _BT601 else matrix
        return ClipColour(matrix, primaries, transfer if transfer in _SDR_TRANSFERS else SMPTE170M)
    kept = transfer if transfer in _SDR_TRANSFERS else int(ColorTrc.BT709)
    return ClipColour(BT709, int(ColorPrimaries.BT709), kept)


def has_wide_gamut(frame: VideoFrame) -> bool:
    """True for BT.2020, whose light, not only its matrix, must be converted."""
    return int(frame.color_primaries) == ColorPrimaries.BT2020


def is_hdr(frame: VideoFrame) -> bool:
    """True for PQ and HLG, which ``operators/tone_map.py`` maps."""
    return int(frame.color_trc) in HDR_TRANSFERS


def losses(frame: VideoFrame) -> tuple[str, ...]:
    """What a clip cannot carry of this source, one short sentence each; empty for ordinary 8-bit 4:2:0."""
    found = []
    depth = max(component.bits for component in frame.format.components)
    if depth > 8:
        found.append(f"{depth} bits per component became 8")
    if is_hdr(frame):
        found.append(f"{HDR_TRANSFERS[int(frame.color_trc)]} high dynamic range was mapped to the range of BT.709")
    elif has_wide_gamut(frame):
        found.append("BT.2020 colours were mapped to BT.709")
    if _chroma_is_finer(frame):
        found.append("chroma was halved to 4:2:0")
    if any(component.is_alpha for component in frame.format.components):
        found.append("transparency was left out")
    if is_full_range(frame) and not _is_rgb(frame):
        found.append("full range became limited range")
    return tuple(found)


def _chroma_is_finer(frame: VideoFrame) -> bool:
    if _is_rgb(frame):
        return True
    # PyAV's ``is_chroma`` is false where chroma is as large as luma.
    _, *others = (c for c in frame.format.components if not c.is_alpha)
    return any(2 * c.width > frame.width + 1 or 2 * c.height > frame.height + 1 for c in others)
