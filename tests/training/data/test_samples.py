"""From packed corpora to samples, through an epoch's plan."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest

from formats.clip_record import ClipRecord
from formats.shard_layout import shard_name
from tests.training.data.counted_clip import number_in
from tests.training.data.small_corpus import pack_counted
from tests.training.data.small_records import small_record
from training.data.buckets import Bucket, BucketSettings
from training.data.clip_frames import CorruptClipError
from training.data.corpora import CorpusSettings, OpenedCorpus, SharedSourceError, open_corpora
from training.data.epoch_plan import OrderSettings, Visit, plan_epoch
from training.data.samples import CorruptCount, CorruptSettings, SampleReader, TooManyCorruptError
from training.data.windows import WindowSettings

BUCKETS = BucketSettings(
    buckets=(Bucket(frames=33, height=32, width=64, batch=2), Bucket(frames=17, height=32, width=64))
)
WINDOWS = WindowSettings()
CLIPS = 6


def clip(number: int, split: str) -> tuple[ClipRecord, str]:
    """Clip 5 is too short for the first bucket, clip 4 for both."""
    lengths = {4: [10, 12], 5: [24, 16]}.get(number, [40, 30 + number])
    record = small_record(
        lengths, events=[("woman", 0, sum(lengths))], captions=[(0, "first"), (1, "second")], key=f"clip-{number}"
    )
    return record.model_copy(update={"source": record.source.model_copy(update={"sha256": f"{number:064x}"})}), split


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    pack_counted(folder, [clip(number, "train") for number in range(CLIPS)] + [clip(9, "validation")])
    return folder


def opened(folder: Path) -> tuple[OpenedCorpus, ...]:
    return open_corpora([CorpusSettings(name="films", path=str(folder))], "train", BUCKETS, WINDOWS)


def reader_of(corpora: tuple[OpenedCorpus, ...]) -> SampleReader:
    return SampleReader(corpora, BUCKETS.buckets, WINDOWS, 0)


def visits_of(corpora: tuple[OpenedCorpus, ...], epoch: int = 0) -> list[Visit]:
    order = OrderSettings(0, tuple(bucket.batch for bucket in BUCKETS.buckets), 2)
    plan = plan_epoch([corpus.samples for corpus in corpora], order, epoch)
    return [visit for step in plan.steps for batch in step.batches for visit in batch.visits]


def test_an_epoch_of_a_packed_corpus_gives_each_clip_that_fits_with_its_frames_and_words(packed: Path) -> None:
    corpora = opened(packed)
    assert [out.key for out in corpora[0].table.left_out] == ["clip-4"]
    visits = visits_of(corpora)
    assert sorted(visit.key for visit in visits) == ["clip-0", "clip-1", "clip-2", "clip-3", "clip-5"]
    for visit in visits:
        sample = reader_of(corpora).read(visit, 0)
        bucket = BUCKETS.buckets[visit.bucket]
        assert sample.pictures.shape == (bucket.frames, 3, bucket.height, bucket.width)
        assert [number_in(picture) for picture in sample.pictures] == list(sample.window.clip_frames)
        assert [event.entity for event in sample.words.events] == ["woman"]
        assert [caption.shot for caption in sample.words.captions] == list(range(len(sample.window.pieces)))


def test_no_clip_is_opened_in_the_process_that_trains(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "open", lambda *_, **__: pytest.fail("a stranger's bytes were opened here"))
    corpora = opened(packed)
    assert all(reader_of(corpora).read(visit, 0).pictures.any() for visit in visits_of(corpora))


def test_a_sample_does_not_depend_on_what_was_read_before_and_epochs_see_other_seconds(packed: Path) -> None:
    corpora = opened(packed)
    (visit,) = (visit for visit in visits_of(corpora) if visit.key == "clip-3")
    alone = reader_of(corpora).read(visit, 0)
    used = reader_of(corpora)
    for other in visits_of(corpora):
        used.read(other, 0)
    assert np.array_equal(used.read(visit, 0).pictures, alone.pictures)
    later = [
        reader_of(corpora).read(visit, epoch).window
        for epoch in range(1, 5)
        for visit in visits_of(corpora, epoch)
        if visit.key == "clip-3"
    ]
    assert len({window.clip_frames for window in (alone.window, *later)}) > 2


def test_a_clip_has_as_many_windows_as_are_wanted_and_they_come_in_turn(packed: Path) -> None:
    corpora = opened(packed)
    (bucket,) = {visit.bucket for visit in visits_of(corpora) if visit.key == "clip-3"}
    windows = WINDOWS.model_copy(update={"per_clip": 2})
    reader = SampleReader(corpora, BUCKETS.buckets, windows, 0)
    seen = [reader.look(Visit("films", "clip-3", bucket, lap), lap).window for lap in range(6)]
    assert len(set(seen)) == 2
    assert seen[:2] * 3 == seen


@pytest.fixture
def damaged(packed: Path, tmp_path: Path) -> Path:
    """The videos of clips 0 and 1 are not what was packed."""
    shutil.copytree(packed, tmp_path / "damaged")
    shard = tmp_path / "damaged" / shard_name("train", 0)
    data = bytearray(shard.read_bytes())
    for key in ("clip-0", "clip-1"):
        place = opened(packed)[0].rows[key].place("mp4")
        data[place.offset + place.size // 2] ^= 0xFF
    shard.write_bytes(bytes(data))
    return tmp_path / "damaged"


def test_corrupt_samples_are_skipped_counted_and_named(damaged: Path) -> None:
    corpora, count = opened(damaged), CorruptCount(CorruptSettings())
    samples = [count.counted(partial(reader_of(corpora).read, visit, 0)) for visit in visits_of(corpora)]
    assert sum(sample is None for sample in samples) == len(count.skipped) == 2
    assert count.read == 5
    assert {error.key for error in count.skipped} == {"clip-0", "clip-1"}
    assert all("not those of the manifest" in error.cause for error in count.skipped)


def test_too_many_corrupt_samples_stop_the_run_by_name(damaged: Path) -> None:
    corpora = opened(damaged)
    visits = sorted(visits_of(corpora), key=lambda visit: visit.key)
    count = CorruptCount(CorruptSettings(always_allowed=1, largest_share=0.5))
    assert count.counted(partial(reader_of(corpora).read, visits[0], 0)) is None
    with pytest.raises(TooManyCorruptError, match=r"2 of 2 samples are corrupt.*clip-0.*clip-1"):
        count.counted(partial(reader_of(corpora).read, visits[1], 0))


def test_a_record_with_other_shots_than_the_manifest_is_corrupt(packed: Path) -> None:
    (corpus,) = opened(packed)
    row = corpus.rows["clip-0"]
    wrong = row.model_copy(update={"shots": ((0, 41), (41, 70))})
    reader = reader_of((replace(corpus, rows={"clip-0": wrong}),))
    with pytest.raises(CorruptClipError, match="other shots than the manifest"):
        reader.read(Visit("films", "clip-0", 0, 0), 0)


def test_a_missing_shard_is_no_corrupt_sample_but_stops_at_once(packed: Path, tmp_path: Path) -> None:
    shutil.copy(packed / "manifest.parquet", tmp_path)
    corpora = opened(tmp_path)
    with pytest.raises(FileNotFoundError):
        CorruptCount(CorruptSettings()).counted(partial(reader_of(corpora).read, visits_of(corpora)[0], 0))


def test_a_split_is_read_alone_and_a_source_in_two_splits_is_refused(packed: Path, tmp_path: Path) -> None:
    films = CorpusSettings(name="films", path=str(packed))
    (validation,) = open_corpora([films], "validation", BUCKETS, WINDOWS)
    assert list(validation.rows) == ["clip-9"]
    pack_counted(tmp_path, [clip(9, "train")])
    with pytest.raises(SharedSourceError, match=r"more: films/a.mp4 is in the split 'train', and in 'validation' too"):
        open_corpora([films, CorpusSettings(name="more", path=str(tmp_path))], "train", BUCKETS, WINDOWS)
    with pytest.raises(ValueError, match="the same name"):
        open_corpora([films, films], "train", BUCKETS, WINDOWS)
