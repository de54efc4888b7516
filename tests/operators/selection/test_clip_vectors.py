import io

import numpy as np
import pytest

from formats.clip_record import Model
from operators.clip_vectors import clip_vectors, read_vectors, vectors_bytes
from operators.embedders.embedding_file import FragmentEmbeddings
from operators.select import SelectSettings, select_film

MODEL = Model(role="embedder", id="e", revision="1", license="MIT")


def embeddings(*directions: tuple[float, float] | None) -> FragmentEmbeddings:
    rows = [(np.nan, np.nan) if each is None else each for each in directions]
    return FragmentEmbeddings(MODEL, np.repeat(np.array(rows, np.float32)[:, None], 3, axis=1))


@pytest.fixture
def plans(build_film, piece):
    """Two shots of 40 and 60 frames in one clip."""
    film = build_film([piece(40), piece(60)])
    given = {"defade": {"margin": 0}, "filter": {"duration": {"min": 1, "max": 20}}, "stitch": {"band": {"max": 1.0}}}
    selected = select_film(
        film.scan, film.accepted, film.pts, lambda one, other: 0.9, SelectSettings.model_validate(given)
    )
    (row,) = selected.candidates
    assert [shot.source_frames for shot in row.plan.shots] == [(0, 40), (40, 100)]
    return [row.plan], film.scan


def test_a_clip_is_the_mean_direction_of_its_frames(plans) -> None:
    made = clip_vectors(*plans, embeddings((1, 0), (0, 1)))
    expected = np.array([40, 60]) / np.hypot(40, 60)
    assert made == pytest.approx(expected[None].astype(np.float16), abs=1e-3)
    assert made.dtype == np.float16


def test_a_fragment_without_a_picture_counts_for_nothing(plans) -> None:
    assert clip_vectors(*plans, embeddings(None, (0, 1))).tolist() == [[0, 1]]
    assert np.isnan(clip_vectors(*plans, embeddings(None, None))).all()


def test_the_file_comes_back_and_another_is_refused() -> None:
    vectors = np.array([[1, 0], [np.nan, np.nan]], np.float16)
    data = vectors_bytes(vectors)
    assert np.array_equal(read_vectors(data), vectors, equal_nan=True)
    assert vectors_bytes(read_vectors(data)) == data
    pickled = io.BytesIO()
    np.save(pickled, np.array([{}], dtype=object), allow_pickle=True)
    singles = io.BytesIO()
    np.save(singles, vectors.astype(np.float32))
    for other in (b"", b"nonsense", data[:-2], data[:40], pickled.getvalue(), singles.getvalue()):
        with pytest.raises(ValueError, match="clip vectors"):
            read_vectors(other)
