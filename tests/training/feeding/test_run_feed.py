"""A run's batches: live and from caches, whatever the process, thread and order."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
import torch

from formats.shard_layout import shard_name
from tests.training.data.small_corpus import pack_counted
from tests.training.data.small_records import small_record
from tests.training.feeding.small_run import CLIPS, clip, form_of, opened, small_settings
from training.batch import TrainingBatch
from training.caches.entry import MissingEntryError
from training.caches.identity import CacheMismatchError
from training.caches.release_parts import load_text_encoder, load_video_encoder
from training.data.epoch_plan import Cursor
from training.data.samples import TooManyCorruptError
from training.data.settings import DataSettings
from training.feeding.cache_filler import CacheFiller
from training.feeding.opened_data import RunLength
from training.feeding.run_feed import Place, RunFeed, open_feed
from training.model.wan import WanTransformer
from training.trainer.feed import FeedStep

CPU = torch.device("cpu")
EPOCHS = 2
LENGTH = RunLength(EPOCHS, 1000)


def feed_of(settings: DataSettings, release: Path, place: Place | None = None, seed: int = 0) -> RunFeed:
    return open_feed(opened(settings, release, seed), form_of(release), LENGTH, place or Place(), CPU)


def epochs_of(feed: RunFeed, epochs: int = EPOCHS, start: Cursor | None = None) -> list[FeedStep]:
    steps = []
    for step in feed.steps(start or Cursor()):
        if step.cursor.epoch >= epochs:
            break
        steps.append(step)
    return steps


def fill(settings: DataSettings, release: Path, epochs: int = EPOCHS) -> CacheFiller:
    data = opened(settings, release)
    filler = CacheFiller(data)
    survey = filler.survey(epochs, verify=True, after=lambda: None)
    video = load_video_encoder(data.parts, settings.latents.precision, CPU)
    words = load_text_encoder(data.parts, settings.text.precision, CPU)
    for window in survey.missing_windows:
        filler.make_window(window, video)
    for text in survey.missing_texts:
        filler.make_text(text, words)
    filler.note(epochs)
    return filler


def assert_same(one: TrainingBatch, other: TrainingBatch) -> None:
    assert (one.names, one.shots) == (other.names, other.shots)
    assert torch.equal(one.latents_BCTHW, other.latents_BCTHW)
    assert all(torch.equal(a, b) for a, b in zip(one.text, other.text, strict=True))
    assert one.plan.samples == other.plan.samples
    assert torch.equal(one.plan.video.cos, other.plan.video.cos)


def assert_same_steps(some: Sequence[FeedStep], others: Sequence[FeedStep]) -> None:
    assert [step.cursor for step in some] == [step.cursor for step in others]
    for one, other in zip(some, others, strict=True):
        assert len(one.batches) == len(other.batches)
        for a, b in zip(one.batches, other.batches, strict=True):
            assert_same(a, b)


@pytest.fixture(scope="module")
def live(corpus: Path, release: Path) -> list[FeedStep]:
    return epochs_of(feed_of(small_settings(corpus), release))


@pytest.fixture(scope="module")
def cached(corpus: Path, release: Path, tmp_path_factory: pytest.TempPathFactory) -> DataSettings:
    settings = small_settings(corpus, str(tmp_path_factory.mktemp("cache")))
    fill(settings, release)
    return settings


@pytest.fixture
def own_cache(cached: DataSettings, tmp_path: Path) -> DataSettings:
    """A copy, to be damaged."""
    shutil.copytree(cached.cache, tmp_path / "cache")
    return cached.model_copy(update={"cache": str(tmp_path / "cache")})


def test_every_clip_comes_once_an_epoch_in_batches_that_the_model_takes(release: Path, live: list[FeedStep]) -> None:
    names = [name for step in live for batch in step.batches for name in batch.names]
    assert sorted(names) == sorted(f"films/clip-{clip}/{epoch}" for clip in range(CLIPS) for epoch in range(EPOCHS))
    model = WanTransformer(form_of(release).config)
    for batch in live[0].batches:
        said = model(batch.latents_BCTHW, torch.full((len(batch.names),), 500.0), torch.cat(batch.text), batch.plan)
        assert said.shape == batch.latents_BCTHW.shape
        assert batch.latents_BCTHW.dtype == torch.float32


def test_text_lies_in_the_order_of_the_plan(live: list[FeedStep]) -> None:
    for step in live:
        for batch in step.batches:
            for text, sample in zip(batch.text, batch.plan.samples, strict=True):
                assert len(text) == sum(part.tokens for part in sample.text)
                assert sample.text[0].tokens == 512
                assert torch.count_nonzero(text[511]) == 0
                assert torch.count_nonzero(text[0]) > 0


def test_an_epoch_through_caches_is_the_same_epoch_live_to_the_last_bit(
    cached: DataSettings, release: Path, live: list[FeedStep]
) -> None:
    assert_same_steps(epochs_of(feed_of(cached, release)), live)


def test_caches_need_no_encoder(
    cached: DataSettings, release: Path, live: list[FeedStep], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("training.feeding.run_feed.load_video_encoder")
    monkeypatch.delattr("training.feeding.run_feed.load_text_encoder")
    (first,) = islice(feed_of(cached, release).steps(Cursor()), 1)
    assert_same_steps([first], live[:1])


def test_two_processes_share_the_steps_and_a_later_cursor_goes_on(
    cached: DataSettings, release: Path, live: list[FeedStep]
) -> None:
    ranks = [epochs_of(feed_of(cached, release, Place(rank, 2))) for rank in range(2)]
    for step, *parts in zip(live, *ranks, strict=True):
        assert [part.cursor for part in parts] == [step.cursor] * 2
        together = {batch.names for part in parts for batch in part.batches}
        assert together == {batch.names for batch in step.batches}
    later = epochs_of(feed_of(cached, release), start=live[1].next)
    assert_same_steps(later, live[2:])


def test_validation_is_alone_whole_and_always_the_same(cached: DataSettings, release: Path) -> None:
    feed = feed_of(cached, release)
    (one,), (again,) = list(feed.held_out(5)), list(feed.held_out(5))
    assert_same(one, again)
    assert one.names == ("films/clip-9/0",)
    assert len(one.plan.samples[0].starts) == one.shots[0]
    assert len(one.plan.samples[0].text) > 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"windows": {"fps": 12}}, r"windows.fps (cached 16, wanted 12)"),
        ({"windows": {"cuts": "majority"}}, r'windows.cuts (cached "trim", wanted "majority")'),
        ({"text": {"plan": "events"}}, r'text_plan (cached "both", wanted "events")'),
        ({"text": {"event_prefix": "none"}}, "event_prefix"),
        ({"latents": {"precision": "bfloat16"}}, "latent_precision"),
        ({"sizes": {"largest_crop": 0.9}}, "largest_crop"),
    ],
)
def test_a_cache_of_other_settings_is_refused_by_their_names(
    cached: DataSettings, release: Path, change: dict[str, dict[str, object]], says: str
) -> None:
    values = cached.model_dump()
    for section, fields in change.items():
        values[section].update(fields)
    with pytest.raises(CacheMismatchError) as raised:
        feed_of(DataSettings.model_validate(values), release)
    assert len(raised.value.fields) == 1
    assert says in str(raised.value)


def test_a_cache_of_another_encoder_seed_or_fewer_epochs_is_refused(
    cached: DataSettings, release: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(release, tmp_path / "other"))
    weights = next((other / "vae").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(CacheMismatchError, match="differs: vae"):
        feed_of(cached, other)
    with pytest.raises(CacheMismatchError, match="differs: seed"):
        feed_of(cached, release, seed=1)
    data = opened(cached, release)
    with pytest.raises(CacheMismatchError, match=r"differs: epochs \(cached 2, wanted 3\)"):
        open_feed(data, form_of(release), RunLength(3, 1000), Place(), CPU)
    open_feed(data, form_of(release), RunLength(3, 2), Place(), CPU)
    (tmp_path / "torn" / "runs").mkdir(parents=True)
    (tmp_path / "torn" / "runs" / "note.json").write_text('{"vae": ')
    for folder in ("empty", "torn"):
        with pytest.raises(CacheMismatchError, match="nothing was cached there yet"):
            feed_of(cached.model_copy(update={"cache": str(tmp_path / folder)}), release)


def test_a_damaged_entry_is_a_skipped_sample_with_the_name_of_the_file(own_cache: DataSettings, release: Path) -> None:
    damaged = sorted(Path(own_cache.cache).glob("latents/*/*.safetensors"))[:2]
    for file in damaged:
        file.write_bytes(file.read_bytes()[:-9])
    feed = feed_of(own_cache, release)
    steps = epochs_of(feed)
    seen = [name for step in steps for batch in step.batches for name in batch.names]
    assert 0 < len(seen) < CLIPS * EPOCHS
    assert feed.skipped
    assert all(any(str(file) in str(error) for file in damaged) for error in feed.skipped)


def test_a_damaged_empty_prompt_stops_the_run_by_its_name(own_cache: DataSettings, release: Path) -> None:
    strict = own_cache.model_copy(
        update={"corrupt": own_cache.corrupt.model_copy(update={"always_allowed": 0, "largest_share": 0.0})}
    )
    for file in Path(own_cache.cache).glob("texts/*/*.safetensors"):
        file.write_bytes(b"")
    with pytest.raises(TooManyCorruptError, match=r"texts/../\w+\.safetensors is damaged"):
        epochs_of(feed_of(strict, release))


def test_a_deleted_entry_is_named_with_its_clip_and_filling_makes_it_anew(
    own_cache: DataSettings, release: Path, live: list[FeedStep]
) -> None:
    shutil.rmtree(Path(own_cache.cache) / "latents")
    with pytest.raises(MissingEntryError, match=r"clip-[0-9]: its latents are not in the cache; run shotloom cache"):
        epochs_of(feed_of(own_cache, release))
    file = next(Path(own_cache.cache).glob("texts/*/*.safetensors"))
    file.write_bytes(file.read_bytes()[:100])
    fill(own_cache, release)
    assert_same_steps(epochs_of(feed_of(own_cache, release)), live)


def test_a_clip_that_cannot_be_read_is_skipped_live_and_cached_alike(
    corpus: Path, release: Path, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(corpus, tmp_path / "corpus"))
    settings = small_settings(broken)
    shard = broken / shard_name("train", 0)
    data = bytearray(shard.read_bytes())
    place = opened(settings, release).train[0].rows["clip-1"].place("mp4")
    data[place.offset + place.size // 2] ^= 0xFF
    shard.write_bytes(bytes(data))
    live_feed = feed_of(settings, release)
    live = epochs_of(live_feed, 1)
    with_cache = settings.model_copy(update={"cache": str(tmp_path / "cache")})
    filler = fill(with_cache, release)
    assert {error.key for error in filler.corrupt.skipped} == {"clip-1"}
    cached_feed = feed_of(with_cache, release)
    assert_same_steps(epochs_of(cached_feed, 1), live)
    assert [error.key for error in live_feed.skipped] == ["clip-1"]
    assert {error.key for error in cached_feed.skipped} == {"clip-1"}


def test_with_two_windows_a_clip_two_entries_serve_any_number_of_epochs(
    corpus: Path, release: Path, tmp_path: Path
) -> None:
    settings = small_settings(corpus, str(tmp_path / "cache"), per_clip=2)
    fill(settings, release, epochs=3)
    assert len(list(opened(settings, release).windows(3))) == 2 * CLIPS + 1
    entries = list((tmp_path / "cache").glob("latents/*/*.safetensors"))
    assert len(entries) <= 2 * CLIPS + 1
    length = RunLength(3, 1000)
    feed = open_feed(opened(settings, release), form_of(release), length, Place(), CPU)
    live_feed = feed_of(small_settings(corpus, per_clip=2), release)
    assert_same_steps(epochs_of(feed, 3), epochs_of(live_feed, 3))


@pytest.mark.parametrize(("posterior", "same"), [("sample", False), ("mean", True)])
def test_each_visit_of_a_window_draws_its_own_latents_unless_their_mean_is_wanted(
    corpus: Path, release: Path, posterior: str, same: bool
) -> None:
    values = small_settings(corpus, per_clip=1).model_dump()
    values["latents"]["posterior"] = posterior
    seen: dict[str, list[torch.Tensor]] = {}
    for step in epochs_of(feed_of(DataSettings.model_validate(values), release)):
        for batch in step.batches:
            for name, latents in zip(batch.names, batch.latents_BCTHW, strict=True):
                seen.setdefault(name.split("/")[1], []).append(latents)
    assert len(seen) == CLIPS
    assert all(torch.equal(*visits) == same for visits in seen.values())


def test_two_corpora_with_weights_come_from_caches_as_they_come_live(
    corpus: Path, release: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    pack_counted(more, [clip(number, "train") for number in (20, 21)])
    values = small_settings(corpus).model_dump()
    values["corpora"] = [*values["corpora"], {"name": "more", "path": str(more), "weight": 0.5}]
    live = epochs_of(feed_of(DataSettings.model_validate(values), release))
    settings = DataSettings.model_validate({**values, "cache": str(tmp_path / "cache")})
    fill(settings, release)
    assert_same_steps(epochs_of(feed_of(settings, release)), live)
    names = [name for step in live for batch in step.batches for name in batch.names]
    assert sum(name.startswith("more/") for name in names) == 2
    assert sum(name.startswith("films/") for name in names) == CLIPS * EPOCHS
    values["corpora"][1]["weight"] = 1
    with pytest.raises(CacheMismatchError, match="differs: weight of more"):
        feed_of(DataSettings.model_validate({**values, "cache": str(tmp_path / "cache")}), release)


@pytest.mark.parametrize("cuts", ["trim", "majority"])
def test_what_cuts_cost_is_counted_over_all_windows(corpus: Path, release: Path, tmp_path: Path, cuts: str) -> None:
    values = small_settings(corpus, str(tmp_path)).model_dump()
    values["windows"]["cuts"] = cuts
    data = opened(DataSettings.model_validate(values), release)
    costs = CacheFiller(data).survey(EPOCHS, verify=False, after=lambda: None).cuts
    views = [data.reader.look(visit, epoch) for visit, epoch in data.windows(EPOCHS)]
    seen = {(view.row.key, view.window.clip_frames): view.window for view in views}
    assert costs.cuts == sum(len(window.pieces) - 1 for window in seen.values()) > 0
    assert costs.left_out == sum(piece.dropped for window in seen.values() for piece in window.pieces)
    assert (costs.off > 0) == (cuts == "majority")


def test_a_clip_with_more_entities_than_the_model_tells_apart_is_skipped_by_name(release: Path, tmp_path: Path) -> None:
    crowd = [(f"guest_{number}", 0, 40) for number in range(6)]
    crowded = small_record([20, 25], events=crowd, key="clip-8")
    pack_counted(tmp_path, [(crowded, "train")])
    few = small_settings(tmp_path)
    feed = feed_of(few, release)
    (step,) = islice(feed.steps(Cursor()), 1)
    assert step.batches == ()
    assert str(feed.skipped[0]) == "clip-8: it has 6 entities, the model tells 5 apart"
    untimed = few.model_copy(update={"text": few.text.model_copy(update={"plan": "shots"})})
    (step,) = islice(feed_of(untimed, release).steps(Cursor()), 1)
    assert step.batches[0].names == ("films/clip-8/0",)


def test_validation_amid_steps_that_are_made_ahead_disturbs_neither(
    corpus: Path, release: Path, live: list[FeedStep]
) -> None:
    feed = feed_of(small_settings(corpus), release)
    (alone,) = feed.held_out(1)
    steps = []
    for step in feed.steps(Cursor()):
        if step.cursor.epoch == EPOCHS:
            break
        steps.append(step)
        assert_same(next(feed.held_out(1)), alone)
    assert_same_steps(steps, live)
