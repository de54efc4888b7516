from __future__ import annotations

import hashlib
import io
import random
import tarfile
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_schema import EXAMPLE_FILE
from formats.filesystem import CorpusStore
from formats.shard_layout import MEMBERS, RECORD_SIZE
from formats.shard_reader import ShardError, ShardLimits, read_member, stream_shard
from formats.shard_writer import MemberFile, PackRow, ShardWriteError, plan_shards, write_shard

SHA = "0" * 64
KEYS = st.from_regex(r"[0-9a-z-]{1,20}", fullmatch=True)
SIZES = st.integers(0, 100_000)


def planned_row(key: str, split: str, film: int, json: int) -> PackRow:
    files = (
        MemberFile(file=f"{key}.mp4", size=film, sha256=SHA),
        MemberFile(file=f"{key}.json", size=json, sha256=SHA),
    )
    return PackRow(key=key, split=split, members=files)


ROWS = st.lists(
    st.builds(planned_row, KEYS, st.sampled_from(["train", "validation", "test"]), SIZES, SIZES),
    unique_by=lambda row: row.key,
    max_size=30,
)


@given(ROWS, st.integers(1, 400_000), st.randoms(use_true_random=False))
def test_a_plan_packs_every_clip_once_under_the_cap_whatever_the_order(
    rows: list[PackRow], max_bytes: int, rng: random.Random
) -> None:
    plan = plan_shards(rows, max_bytes)
    packed = [row for shard in plan for row in shard.rows]
    assert sorted(row.key for row in packed) == sorted(row.key for row in rows)
    assert all(row.split == shard.split for shard in plan for row in shard.rows)
    assert all(shard.bytes <= max_bytes or len(shard.rows) == 1 for shard in plan)
    assert all(shard.bytes % RECORD_SIZE == 0 for shard in plan)
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert plan_shards(shuffled, max_bytes) == plan


@given(ROWS, st.integers(1, 50))
def test_an_appended_generation_continues_the_numbers(rows: list[PackRow], first: int) -> None:
    plan = plan_shards(rows, 200_000, {"train": first})
    train = [shard.name for shard in plan if shard.split == "train"]
    assert train == [f"shards/train-{first + i:05d}.tar" for i in range(len(train))]
    others = [shard.name for shard in plan if shard.split == "test"]
    assert others == [f"shards/test-{i:05d}.tar" for i in range(len(others))]


def test_neighbours_in_a_film_are_spread_over_shards() -> None:
    plan = plan_shards([planned_row(f"film-{i:03d}", "train", 10_000, 500) for i in range(100)], 150_000)
    assert len(plan) > 5
    assert all([row.key for row in shard.rows] != sorted(row.key for row in shard.rows) for shard in plan[:-1])


def test_a_repeated_key_and_an_unknown_split_are_refused() -> None:
    with pytest.raises(ShardWriteError, match="twice"):
        plan_shards([planned_row("a", "train", 1, 1), planned_row("a", "test", 1, 1)], 1000)
    with pytest.raises(ShardWriteError, match=r"'dev'; allowed: train, validation, test"):
        plan_shards([planned_row("a", "dev", 1, 1)], 1000)


def stored_row(store: CorpusStore, key: str, film: bytes, json: bytes) -> PackRow:
    files = []
    for member, data in (("mp4", film), ("json", json)):
        store.write_atomic(f"clips/{key}.{member}", data)
        files.append(MemberFile(file=f"clips/{key}.{member}", size=len(data), sha256=hashlib.sha256(data).hexdigest()))
    return PackRow(key=key, split="train", members=tuple(files))


@pytest.fixture
def store(tmp_path: Path) -> CorpusStore:
    return CorpusStore(tmp_path / "corpus")


@pytest.fixture
def rows(store: CorpusStore) -> list[PackRow]:
    rng = random.Random(7)
    return [stored_row(store, f"clip-{i}", rng.randbytes(rng.randrange(0, 5000)), b'{"i":%d}' % i) for i in range(12)]


def test_a_written_shard_has_the_planned_bytes_and_the_told_places(store: CorpusStore, rows: list[PackRow]) -> None:
    for shard in plan_shards(rows, 30_000):
        written = write_shard(store, shard, store)
        data = store.read_bytes(shard.name)
        assert len(data) == written.bytes == shard.bytes
        assert hashlib.sha256(data).hexdigest() == written.sha256
        for sample in written.samples:
            for place in sample.members:
                expected = store.read_bytes(f"clips/{sample.key}.{place.member}")
                assert data[place.offset : place.offset + place.size] == expected
                assert read_member(store, shard.name, place) == expected


def test_a_shard_is_a_plain_tar_that_says_nothing_of_when_or_by_whom(store: CorpusStore, rows: list[PackRow]) -> None:
    (shard,) = plan_shards(rows, 10**9)
    write_shard(store, shard, store)
    with tarfile.open(fileobj=io.BytesIO(store.read_bytes(shard.name))) as tar:
        infos = tar.getmembers()
    assert [info.name for info in infos] == [f"{row.key}.{member}" for row in shard.rows for member in MEMBERS]
    facts = {(info.mtime, info.uid, info.gid, info.uname, info.gname, info.mode, info.type) for info in infos}
    assert facts == {(0, 0, 0, "", "", 0o644, tarfile.REGTYPE)}


def test_the_same_rows_make_the_same_bytes_from_other_folders_and_times(tmp_path: Path) -> None:
    made = []
    for folder in ("one", "two"):
        store = CorpusStore(tmp_path / folder)
        rows = [stored_row(store, f"clip-{i}", b"f" * i * 700, b"{}") for i in range(5)]
        made.append([write_shard(store, shard, store).sha256 for shard in plan_shards(rows, 6000)])
    assert made[0] == made[1] and len(made[0]) > 1


def test_streaming_a_shard_gives_the_same_members_and_places(store: CorpusStore, rows: list[PackRow]) -> None:
    (shard,) = plan_shards(rows, 10**9)
    written = write_shard(store, shard, store)
    with store.open_read(shard.name) as stream:
        samples = list(stream_shard(stream))
    assert [sample.key for sample in samples] == [row.key for row in shard.rows]
    assert [tuple(read.place for read in sample.members) for sample in samples] == [
        sample.members for sample in written.samples
    ]
    assert samples[0].member("json") == store.read_bytes(f"clips/{samples[0].key}.json")


@pytest.mark.parametrize("changed", [b"", b"shorter", b"filM" * 4, b"film" * 5])
def test_a_file_that_changed_since_it_was_planned_makes_no_shard(store: CorpusStore, changed: bytes) -> None:
    row = stored_row(store, "a", b"film" * 4, b"{}")
    (shard,) = plan_shards([row], 10**6)
    store.write_atomic("clips/a.mp4", changed)
    with pytest.raises(ShardWriteError, match=r"clips/a\.mp4"):
        write_shard(store, shard, store)
    assert store.list("shards") == ()


def test_a_sample_without_a_declared_member_makes_no_shard(store: CorpusStore) -> None:
    row = stored_row(store, "a", b"film", b"{}")
    (shard,) = plan_shards([row.model_copy(update={"members": row.members[:1]})], 10**6)
    with pytest.raises(ShardWriteError, match="a has 1 members"):
        write_shard(store, shard, store)


def test_a_changed_byte_in_a_member_is_noticed(store: CorpusStore) -> None:
    (shard,) = plan_shards([stored_row(store, "a", b"film" * 300, b"{}")], 10**6)
    (sample,) = write_shard(store, shard, store).samples
    data = bytearray(store.read_bytes(shard.name))
    data[sample.members[0].offset + 5] ^= 1
    store.write_atomic(shard.name, bytes(data))
    with pytest.raises(ShardError, match="not those of the manifest") as refused:
        read_member(store, shard.name, sample.members[0])
    assert refused.value.reason == "damaged"


def test_memory_does_not_grow_with_the_size_of_a_clip(store: CorpusStore) -> None:
    row = stored_row(store, "a", bytes(48 * 1024 * 1024), b"{}")
    (shard,) = plan_shards([row], 10**6)
    tracemalloc.start()
    write_shard(store, shard, store)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert store.size(shard.name) == shard.bytes > 48 * 1024 * 1024
    assert peak < 8 * 1024 * 1024


# Tars of strangers ---------------------------------------------------------------------------------------------------


def member(
    name: str, data: bytes = b"{}", kind: bytes = tarfile.REGTYPE, form: Literal[0, 1, 2] = tarfile.USTAR_FORMAT
) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data), kind
    if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        info.linkname = "/etc/passwd"
    return info.tobuf(form) + data + bytes(-len(data) % 512)


GOOD = member("a.mp4") + member("a.json")
END = bytes(1024)
HUGE = tarfile.TarInfo("a.json")
HUGE.size = 8**11 - 1


@pytest.mark.parametrize(
    ("tar", "reason"),
    [
        (GOOD, "truncated"),
        (GOOD + bytes(512), "truncated"),
        (GOOD[:-1], "truncated"),
        (GOOD[:700], "truncated"),
        (b"", "truncated"),
        (b"x" * 2048, "bad_header"),
        (member("a.mp4").replace(b"a.mp4", b"b.mp4") + END, "bad_header"),
        (member("a.mp4", b"", tarfile.SYMTYPE) + END, "link"),
        (member("a.mp4", b"", tarfile.LNKTYPE) + END, "link"),
        (member("a.mp4", b"", tarfile.CHRTYPE) + END, "special_file"),
        (member("a.mp4", b"", tarfile.FIFOTYPE) + END, "special_file"),
        (member("a.mp4", b"", tarfile.DIRTYPE) + END, "special_file"),
        (member("a" * 120 + ".mp4", form=tarfile.PAX_FORMAT) + END, "extended_header"),
        (member("a" * 120 + ".mp4", form=tarfile.GNU_FORMAT) + END, "extended_header"),
        (member("/etc/a.mp4") + END, "absolute_name"),
        (member("../a.mp4") + END, "parent_name"),
        (member("x/../a.mp4") + END, "parent_name"),
        (member("x/a.mp4") + END, "odd_name"),
        (member("A.mp4") + END, "odd_name"),
        (member("a") + END, "odd_name"),
        (member(".mp4") + END, "odd_name"),
        (member("a.mp4\n") + END, "odd_name"),
        (member("a.sh") + END, "odd_member"),
        (member("a.mp4") + member("a.mp4") + END, "duplicate_member"),
        (GOOD + member("b.mp4") + member("b.json") + GOOD + END, "duplicate_member"),
        (member("a.mp4") + END, "missing_member"),
        (member("a.json") + member("b.mp4") + END, "missing_member"),
        (HUGE.tobuf() + END, "too_large"),
        (member("a.json", b"x" * 5000) + END, "too_large"),
        (member("a.mp4", b"x" * 9000) + END, "too_large"),
        (GOOD + END + GOOD, "trailing_data"),
        (GOOD + bytes(512) + GOOD, "trailing_data"),
    ],
)
def test_a_shard_of_a_stranger_is_refused_with_its_reason(tar: bytes, reason: str) -> None:
    with pytest.raises(ShardError) as refused:
        list(stream_shard(io.BytesIO(tar), limits=ShardLimits(member_bytes=8000, json_bytes=4000)))
    assert refused.value.reason == reason


def test_a_sound_shard_of_a_stranger_is_read() -> None:
    (sample,) = stream_shard(io.BytesIO(GOOD + END))
    assert sample.key == "a"
    assert list(stream_shard(io.BytesIO(END))) == []


@given(st.data())
def test_any_damage_to_a_shard_is_refused_or_harmless_and_nothing_else_is_raised(data: st.DataObject) -> None:
    tar = bytearray(GOOD + END)
    for _ in range(data.draw(st.integers(1, 4))):
        tar[data.draw(st.integers(0, len(tar) - 1))] = data.draw(st.integers(0, 255))
    del tar[data.draw(st.integers(0, len(tar))) :]
    try:
        list(stream_shard(io.BytesIO(bytes(tar))))
    except ShardError:
        return
    assert len(tar) == len(GOOD + END)


def test_a_record_under_another_clips_name_is_refused() -> None:
    (sample,) = stream_shard(io.BytesIO(member("a.mp4") + member("a.json", EXAMPLE_FILE.read_bytes()) + END))
    with pytest.raises(ShardError) as refused:
        sample.record()
    assert refused.value.reason == "wrong_key"
