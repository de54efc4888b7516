"""How warm or cold the light of a run of pictures is: a correlated colour temperature, where the light has one.

The light's colour is estimated by shades of grey (Finlayson and Trezzi, "Shades of gray and colour constancy", 2004: the
Minkowski mean of order 6 of each channel, in linear light), its temperature by McCamy's cubic (1992), and its distance from
Planck's curve by Krystek's rational approximation (1985). A **heuristic**: a brown table under white light looks like warm light.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

_STEP = 4
_ORDER = 6
_DARK, _CLIPPED = 12, 250
_LEAST_SHARE = 0.01
_MOST_DISTANCE = 0.035
_LOWEST, _HIGHEST = 1_700.0, 25_000.0

WARM_BELOW, COOL_FROM, COLD_FROM = 4_700.0, 8_500.0, 12_000.0
"""Kelvin. White of sRGB is 6,504; 4,700 and 8,500 are about 60 and 35 mired from it, which is plainly seen."""

_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
"""Linear sRGB to CIE XYZ (IEC 61966-2-1)."""


def _linear_levels() -> NDArray[np.float64]:
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


_POWERS = _linear_levels() ** _ORDER


@dataclass
class ColourTemperatureMeter:
    """Fed the pictures of one shot; holds sums only."""

    seen: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        self._sums = np.zeros(3)

    def see(self, rgb: NDArray[np.uint8]) -> None:
        """``(H, W, 3) uint8 RGB``; every fourth pixel on every fourth line, without dark and clipped ones."""
        sample = rgb[_STEP // 2 :: _STEP, _STEP // 2 :: _STEP].reshape(-1, 3)
        brightest = sample.max(axis=1, initial=0)
        good = sample[(brightest > _DARK) & (brightest < _CLIPPED)]
        self.seen += len(sample)
        self.used += len(good)
        self._sums += _POWERS[good].sum(axis=0)

    def kelvin(self) -> float | None:
        """None where too little was seen, or the light is too green, purple or deep in colour to have a temperature."""
        if not self.used or self.used < _LEAST_SHARE * self.seen:
            return None
        return correlated_temperature((self._sums / self.used) ** (1 / _ORDER))


def correlated_temperature(rgb: NDArray[np.float64]) -> float | None:
    """Of a light's linear sRGB, whatever its brightness. None far from Planck's curve."""
    x, y, z = (float(value) for value in _XYZ @ rgb)
    total = x + y + z
    if total <= 0:
        return None
    n = (x / total - 0.3320) / (0.1858 - y / total)
    kelvin = 449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33
    if not _LOWEST <= kelvin <= _HIGHEST:
        return None
    u, v = 4 * x / (x + 15 * y + 3 * z), 6 * y / (x + 15 * y + 3 * z)
    on_curve = planck_uv(kelvin)
    return kelvin if hypot(u - on_curve[0], v - on_curve[1]) <= _MOST_DISTANCE else None


def planck_uv(kelvin: float) -> tuple[float, float]:
    """CIE 1960 ``(u, v)`` of a black body, from 1,000 to 15,000 K within 1e-4; further up it changes little."""
    t = kelvin
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t**2) / (1 + 8.42420235e-4 * t + 7.08145163e-7 * t**2)
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t**2) / (1 - 2.89741816e-5 * t + 1.61456053e-7 * t**2)
    return u, v


def temperature_word(kelvin: float | None) -> str:
    """A value of ``Lighting -> Color Temperature``; empty for neutral light, or none."""
    if kelvin is None:
        return ""
    if kelvin < WARM_BELOW:
        return "Warm"
    if kelvin >= COLD_FROM:
        return "Cold"
    return "Cool" if kelvin >= COOL_FROM else ""
