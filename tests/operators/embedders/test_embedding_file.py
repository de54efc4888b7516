from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formats.clip_record import Model
from operators.embedders.embedding_file import FragmentEmbeddings, read_embeddings, write_embeddings

MODEL = Model(role="embedder", id="clip:somewhere/clip", revision="abc", license="MIT")


def embeddings(fragments: int, dimensions: int = 16) -> FragmentEmbeddings:
    vectors = np.random.default_rng(4).normal(size=(fragments, 3, dimensions)).astype(np.float32)
    return FragmentEmbeddings(MODEL, vectors / np.linalg.norm(vectors, axis=2, keepdims=True))


def test_what_is_written_is_read_back_at_half_precision(tmp_path: Path) -> None:
    made = embeddings(9)
    made.vectors[4] = np.nan
    write_embeddings(made, tmp_path / "e.parquet")
    back = read_embeddings(tmp_path / "e.parquet")
    assert back.model == MODEL
    assert np.isnan(back.vectors[4]).all()
    np.testing.assert_allclose(back.vectors, made.vectors, atol=5e-4)
    write_embeddings(made, tmp_path / "again.parquet")
    assert (tmp_path / "e.parquet").read_bytes() == (tmp_path / "again.parquet").read_bytes()


@pytest.mark.parametrize("fragments", [0, 1])
def test_a_film_may_have_no_embedding_at_all(fragments: int, tmp_path: Path) -> None:
    made = FragmentEmbeddings(MODEL, np.full((fragments, 3, 0), np.nan, np.float32))
    write_embeddings(made, tmp_path / "e.parquet")
    assert len(read_embeddings(tmp_path / "e.parquet").vectors) == fragments


def test_a_fragments_mean_has_length_one() -> None:
    made = embeddings(5)
    made.vectors[2] = np.nan
    lengths = np.linalg.norm(made.mean(), axis=1)
    assert np.isnan(lengths[2])
    np.testing.assert_allclose(np.delete(lengths, 2), 1.0, rtol=1e-6)


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "e.parquet").write_bytes(b"PAR1 and nothing else PAR1")
    with pytest.raises(ValueError, match=r"e\.parquet is no file of fragment embeddings"):
        read_embeddings(tmp_path / "e.parquet")
