"""High dynamic range to what an ordinary display shows: BT.2100 (PQ or HLG) light to BT.709 pixels, by published curves.

* PQ to light: SMPTE ST 2084. HLG to light: ITU-R BT.2100, table 5, for a display of 1,000 cd/m2 (system gamma 1.2).
* Brightness: the EETF of ITU-R BT.2390-11, 5.4.1, from ``SOURCE_PEAK`` to ``WHITE``, on the largest of the three
  channels, which are scaled alike, so that hues stay. Light up to 87 cd/m2 keeps its value.
* Gamut: BT.2020 to BT.709 by their primaries (ITU-R BT.2087); what lies outside is clipped.
* Light to pixels: the inverse of BT.1886 (gamma 2.4).

Film-wide constants, no scene analysis and no metadata: a frame's pixels depend on that frame alone. Powers are looked
up and the rest is sums, products and square roots, which are the same on every processor.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from av.video.reformatter import ColorTrc
from numpy.typing import NDArray

SOURCE_PEAK: Final = 1000.0
"""cd/m2 of the brightest light that is told apart, as on the displays that such films are graded on."""

WHITE: Final = 203.0
"""cd/m2 that become white: the reference white of ITU-R BT.2408."""

HDR_TRANSFERS: Final[dict[int, str]] = {int(ColorTrc.SMPTE2084): "PQ", int(ColorTrc.ARIB_STD_B67): "HLG"}

Light = NDArray[np.float32]

FULL: Final = 255 * 256
"""White in swscale's 16-bit R'G'B'."""

_STEPS: Final = 65535
_HLG_GAMMA: Final = 1.2
_LUMINANCE_2020: Final = (0.2627, 0.6780, 0.0593)
_BT2020_TO_BT709: Final = (
    (1.66049100, -0.58764114, -0.07284986),
    (-0.12455047, 1.13289990, -0.00834942),
    (-0.01815076, -0.10057890, 1.11872966),
)


def tone_mapped(signal: NDArray[np.uint16], transfer: int, *, wide_gamut: bool) -> NDArray[np.uint16]:
    """``(H, W, 3)`` uint16, R'G'B' from 0 to ``FULL``, to the same in BT.709.

    ``transfer``: a key of ``HDR_TRANSFERS``. ``wide_gamut``: the primaries are BT.2020's, not BT.709's.
    """
    inside = np.minimum(signal, FULL)
    light = _hlg_light(inside) if HDR_TRANSFERS[transfer] == "HLG" else _pq_light()[inside]
    brightest = light.max(axis=2)
    light *= _scale_table()[_index(brightest)][:, :, None]
    shown = _narrowed(light) if wide_gamut else light
    return np.asarray(_gamma_table()[_index(np.clip(shown, 0, 1))], np.uint16)


@cache
def grey_levels(transfer: int) -> NDArray[np.uint8]:
    """``(256,)``: by level of a full-range grey of 8 bits, the level that it is mapped to. Do not write to it."""
    greys = np.repeat(np.arange(0, FULL + 1, 256, dtype=np.uint16)[None, :, None], 3, axis=2)
    return (tone_mapped(greys, transfer, wide_gamut=False)[0, :, 0] + 128 >> 8).astype(np.uint8)


def _index(values: Light) -> NDArray[np.int32]:
    """Into tables over 0..1, finer where it is dark."""
    return (np.sqrt(values) * np.float32(_STEPS) + np.float32(0.5)).astype(np.int32)


def _narrowed(light: Light) -> Light:
    red, green, blue = (light[:, :, channel] for channel in range(3))
    rows = [np.float32(r) * red + np.float32(g) * green + np.float32(b) * blue for r, g, b in _BT2020_TO_BT709]
    return np.stack(rows, axis=2)


def _hlg_light(signal: NDArray[np.uint16]) -> Light:
    """Display light, 1 at ``SOURCE_PEAK``."""
    scene = _hlg_scene()[signal]
    red, green, blue = (np.float32(weight) for weight in _LUMINANCE_2020)
    luminance = red * scene[:, :, 0] + green * scene[:, :, 1] + blue * scene[:, :, 2]
    gain = _hlg_gain()[_index(np.clip(luminance, 0, 1))]
    return np.asarray(np.minimum(scene * gain[:, :, None], np.float32(1)), np.float32)


@cache
def _pq_light() -> Light:
    """By signal: light, 1 at ``SOURCE_PEAK`` and above."""
    signal = np.arange(FULL + 1) / FULL
    return np.minimum(pq_to_nits(signal) / SOURCE_PEAK, 1).astype(np.float32)


@cache
def _hlg_scene() -> Light:
    return hlg_to_scene(np.arange(FULL + 1) / FULL).astype(np.float32)


@cache
def _hlg_gain() -> Light:
    luminance = np.square(np.arange(_STEPS + 1) / _STEPS)
    return np.power(luminance, _HLG_GAMMA - 1).astype(np.float32)


@cache
def _scale_table() -> Light:
    """By the square root of light: by what it is multiplied, so that 1 is ``WHITE`` afterwards."""
    nits = np.square(np.arange(_STEPS + 1) / _STEPS) * SOURCE_PEAK
    table = np.full(_STEPS + 1, SOURCE_PEAK / WHITE)
    table[1:] = eetf(nits[1:]) / nits[1:] * (SOURCE_PEAK / WHITE)
    return table.astype(np.float32)


@cache
def _gamma_table() -> NDArray[np.uint16]:
    light = np.square(np.arange(_STEPS + 1) / _STEPS)
    return np.asarray(np.rint(np.power(light, 1 / 2.4) * FULL), np.uint16)


def pq_to_nits(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084: signal 0..1 to cd/m2."""
    root = np.power(signal, 32 / 2523)
    above = np.maximum(root - 107 / 128, 0)
    return np.asarray(10_000 * np.power(above / (2413 / 128 - 2392 / 128 * root), 8192 / 1305))


def nits_to_pq(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of ``pq_to_nits``."""
    power = np.power(np.asarray(nits) / 10_000, 1305 / 8192)
    return np.asarray(np.power((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power), 2523 / 32))


def hlg_to_scene(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """ITU-R BT.2100, table 5: signal 0..1 to scene light 0..1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(signal <= 0.5, np.square(signal) / 3, (np.exp((signal - c) / a) + b) / 12)


def eetf(nits: NDArray[np.float64]) -> NDArray[np.float64]:
    """ITU-R BT.2390-11, 5.4.1, with black at 0: cd/m2 up to ``SOURCE_PEAK`` to cd/m2 up to ``WHITE``."""
    peak, top = (float(signal) for signal in nits_to_pq(np.array([SOURCE_PEAK, WHITE])))
    top /= peak
    knee = 1.5 * top - 0.5
    given = nits_to_pq(nits) / peak
    t = (given - knee) / (1 - knee)
    bent = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * top
    return pq_to_nits(np.where(given < knee, given, bent) * peak)
