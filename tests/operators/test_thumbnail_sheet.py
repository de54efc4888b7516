from __future__ import annotations

import cv2
import numpy as np

from operators.thumbnail_sheet import TILES_PER_SHEET, TilePicker, place_of, sheet_path, sheets

SIZE = (16, 8)


def grey_tiles(count: int) -> list[bytes]:
    tiles = []
    for number in range(count):
        picker = TilePicker()
        picker.add(0, np.full((8, 16, 3), number % 250, np.uint8))
        tile, _ = picker.finish_fragment(0, 1)
        tiles.append(tile)
    return tiles


def test_every_tile_is_where_the_report_looks_for_it() -> None:
    tiles = grey_tiles(2 * TILES_PER_SHEET + 3)
    pictures = [cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR) for sheet in sheets(tiles, SIZE)]
    assert [picture.shape for picture in pictures] == [(80, 160, 3), (80, 160, 3), (8, 48, 3)]
    for tile in range(len(tiles)):
        sheet, left, top = place_of(tile, SIZE)
        assert abs(float(pictures[sheet][top : top + 8, left : left + 16].mean()) - tile % 250) < 3


def test_a_film_without_fragments_has_one_black_tile() -> None:
    (sheet,) = sheets([], SIZE)
    assert cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR).max() == 0


def test_sheets_lie_beside_the_first() -> None:
    assert [sheet_path("../scan/ab/film.jpg", number) for number in (0, 1, 12)] == [
        "../scan/ab/film.jpg",
        "../scan/ab/film.1.jpg",
        "../scan/ab/film.12.jpg",
    ]
