from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from formats.film_scan import FilmScan
from operators.embedders.embedding_file import read_embeddings
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.models import models_of_scan
from operators.picture_models.weights import WeightsSettings
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film
from operators.scan import ScanFiles, ScanSettings, film_transitions, scan_film
from operators.split import SplitSettings, accepted_transitions

PICTURES_ONLY = ScanSettings(network="none")


def files(folder: Path) -> ScanFiles:
    folder.mkdir()
    return ScanFiles.named(folder / "scan")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "short.mp4"
    (path.parent / ".truth").mkdir()
    render_film(random_film(6, "tune", "short"), path)
    return path


def test_a_film_scanned_twice_gives_the_same_bytes_and_leaves_no_other_file(film: Path, tmp_path: Path) -> None:
    one, other = files(tmp_path / "one"), files(tmp_path / "other")
    scan = scan_film(film, "0" * 64, PICTURES_ONLY, one)
    scan_film(film, "0" * 64, PICTURES_ONLY, other)
    for name in ("scan", "signals", "thumbnails"):
        assert getattr(one, name).read_bytes() == getattr(other, name).read_bytes()
    assert len(list((tmp_path / "one").iterdir())) == 3
    assert FilmScan.model_validate_json(one.scan.read_text()) == scan


def test_every_frame_is_in_one_fragment_transition_or_edge(film: Path, tmp_path: Path) -> None:
    scan = scan_film(film, "0" * 64, PICTURES_ONLY, files(tmp_path / "out"))
    fragments = [fragment.frames for fragment in scan.fragments]
    gradual = [found.frames for found in scan.transitions if found.kind != "cut"]
    covered = sorted([*fragments, *gradual, *scan.edges])
    assert [start for start, _ in covered] == [0, *(end for _, end in covered[:-1])]
    assert covered[-1][1] == scan.timing.frames
    assert [fragment.thumbnail for fragment in scan.fragments] == list(range(len(fragments)))
    assert all(len(fragment.head) == len(fragment.tail) == 144 for fragment in scan.fragments)


def test_thresholds_choose_afterwards_among_what_scan_found(film: Path, tmp_path: Path) -> None:
    scan = scan_film(film, "0" * 64, PICTURES_ONLY, files(tmp_path / "out"))
    none = accepted_transitions(scan, SplitSettings(cut=1, dissolve=1, fade=1, wipe=1))
    everything = accepted_transitions(scan, SplitSettings(cut=0, dissolve=0, fade=0, wipe=0))
    assert len(none) <= len(accepted_transitions(scan, SplitSettings())) <= len(everything) == len(scan.transitions)


@pytest.mark.slow
def test_hard_cuts_of_a_real_film_are_exact() -> None:
    media = os.environ.get("SHOTLOOM_MEDIA")
    if not media:
        pytest.skip("SHOTLOOM_MEDIA is not set")
    found = film_transitions(Path(media) / "films" / "bbb_v6.mp4", ScanSettings(), SplitSettings())
    assert [each["frames"] for each in found["transitions"] if each["kind"] == "cut"] == [
        [166, 166],
        [259, 259],
        [434, 434],
    ]


def test_a_learned_embedder_fills_its_side_file_and_changes_nothing_else(film: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    write_tiny_checkpoint("dinov2", weights)
    settings = PICTURES_ONLY.model_copy(
        update={"embedder": "dinov2", "embedder_weights": WeightsSettings(source=str(weights))}
    )
    plain, learned = files(tmp_path / "plain"), files(tmp_path / "learned")
    without, scan = scan_film(film, "0" * 64, PICTURES_ONLY, plain), scan_film(film, "0" * 64, settings, learned)
    assert not plain.embeddings.exists()
    assert scan == without.model_copy(update={"embedder": "dinov2"})
    stored = read_embeddings(learned.embeddings)
    assert stored.vectors.shape == (len(scan.fragments), 3, 32)
    assert stored.model in models_of_scan(settings)


def test_without_a_learned_model_no_model_library_is_imported(film: Path) -> None:
    code = """
import sys
from pathlib import Path
from operators.film_measuring import measure_film
from operators.models import models_of_scan
from operators.picture_models.registry import load_models
from operators.scan import ScanSettings
settings = ScanSettings(network="none")
models_of_scan(settings)
measure_film(Path(sys.argv[1]), "", settings, load_models(settings))
assert not {"torch", "transformers", "huggingface_hub"} & sys.modules.keys(), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, str(film)], check=True)
