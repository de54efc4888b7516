from __future__ import annotations

import numpy as np
import pytest

from formats.clip_record import Model
from formats.film_scan import FilmScan
from operators.defade import DefadeSettings
from operators.embedders.embedding_file import FragmentEmbeddings
from operators.embedders.likeness import cosine_of, with_pointers
from operators.embedders.stitch_limits import stitch_limits
from operators.gaps import gaps_of_film
from operators.shots import ShotSettings, shots_of_film
from operators.stitch import link_shots
from operators.stitch_settings import BandSettings

MODEL = Model(role="embedder", id="clip:c", revision="1", license="MIT")


def scan_of(fragments: int) -> FilmScan:
    """A film of fragments of 30 frames with cuts between them."""
    probe = {
        "container": "mp4",
        "codec": "h264",
        "stream": 0,
        "time_base": "1/30",
        "width": 320,
        "height": 180,
        "coded_width": 320,
        "coded_height": 180,
        "rotation": 0,
        "sample_aspect_ratio": "1/1",
        "audio": {},
    }
    pieces = [
        {"frames": (30 * n, 30 * n + 30), "head": (1,), "tail": (1,), "scores": {}, "thumbnail": n}
        for n in range(fragments)
    ]
    cuts = [{"kind": "cut", "frames": (30 * n, 30 * n), "confidence": 1.0, "evidence": {}} for n in range(1, fragments)]
    return FilmScan.model_validate(
        {
            "sha256": "0" * 64, "probe": probe, "transitions": cuts, "edges": [], "fragments": pieces, "corrupt": [],
            "timing": {"frames": 30 * fragments, "fps": "30/1", "vfr": False, "first_pts": 0, "end_pts": 30 * fragments},
            "decode_errors": 0, "thumbnail_size": (160, 90), "embedder": "clip",
        }
    )  # fmt: skip


def embeddings(*angles: float | None) -> FragmentEmbeddings:
    """One fragment per angle in degrees, the same at head, middle and tail; ``None`` for one without a picture."""
    radians = np.radians([np.nan if angle is None else angle for angle in angles])
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    return FragmentEmbeddings(MODEL, np.repeat(vectors[:, None], 3, axis=1))


def linked(said: FragmentEmbeddings, band: BandSettings) -> list[tuple[float | None, str]]:
    scan = with_pointers(scan_of(len(said.vectors)), said)
    settings = ShotSettings(min_frames=1)
    shots = shots_of_film(scan, scan.transitions, DefadeSettings(), settings)
    gaps = gaps_of_film(scan, scan.transitions, corrupt=False)
    return [(row.similarity, row.verdict.reason) for row in link_shots(scan, shots, gaps, cosine_of(said), band)]


def test_shots_are_linked_by_the_cosine_of_what_the_embedder_said() -> None:
    rows = linked(embeddings(0, 30, 90, 91), BandSettings())
    assert [reason for _, reason in rows] == ["", "too_unlike", "too_alike"]
    assert [value for value, _ in rows] == pytest.approx([np.cos(np.radians(30)), 0.5, np.cos(np.radians(1))], abs=1e-5)


def test_a_fragment_without_a_picture_has_no_features() -> None:
    assert linked(embeddings(0, None, 10), BandSettings()) == [(None, "no_features"), (None, "no_features")]


def test_limits_that_are_set_win_over_the_embedders_own() -> None:
    assert [reason for _, reason in linked(embeddings(0, 60), BandSettings(min=0.4))] == [""]
    assert BandSettings(min=0.4).of("clip") == (0.4, stitch_limits("clip").greatest)
    assert BandSettings().of("layout") == (0.4, 0.95)


def test_embeddings_of_another_film_are_refused() -> None:
    with pytest.raises(ValueError, match="3 fragments, but embeddings of 2"):
        with_pointers(scan_of(3), embeddings(0, 1))


def test_panda70ms_distance_is_imagebinds_least_similarity() -> None:
    assert stitch_limits("imagebind").least == pytest.approx(1 - 0.6**2 / 2)
