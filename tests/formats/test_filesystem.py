from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.filesystem import BadNameError, CorpusStore, checked_name

SLOW_WRITER = """
import sys, time
from formats.filesystem import CorpusStore
store = CorpusStore(sys.argv[1], run="dead")
with store.open_write("shards/train-00000.tar") as sink:
    for _ in range(1000):
        sink.write(b"x" * 65536)
        print("wrote", flush=True)
        time.sleep(0.01)
"""


def test_a_written_file_reads_back_and_is_listed(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path / "corpus")
    store.write_atomic("clips/a.json", b"{}")
    assert store.read_bytes("clips/a.json") == b"{}"
    assert store.size("clips/a.json") == 2
    assert store.exists("clips/a.json") and not store.exists("clips/b.json") and not store.exists("clips")
    assert store.list() == ("clips/a.json",)
    assert store.list("clips") == ("clips/a.json",)
    assert store.list("nothing") == ()
    assert store.local_path("clips/a.json") == tmp_path / "corpus/clips/a.json"


def test_names_with_quotes_and_non_ascii_letters_are_plain_names(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path)
    store.write_atomic("scan/'é <b> #1*[x]?.json", b"1")
    assert store.list("scan") == ("scan/'é <b> #1*[x]?.json",)
    assert store.read_bytes("scan/'é <b> #1*[x]?.json") == b"1"


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../a", "a/../b", "a//b", "./a", "a/", ".hidden", "a/.b/c", "a\\b", "a\nb"]
)
def test_names_that_leave_the_corpus_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadNameError):
        CorpusStore(tmp_path).read_bytes(name)
    with pytest.raises(BadNameError):
        CorpusStore(tmp_path).write_atomic(name, b"")


@given(st.text(alphabet="./ab\\\x00 ", max_size=12))
def test_every_name_that_is_accepted_lies_under_the_root(name: str) -> None:
    root = Path("/corpus")
    try:
        checked_name(name)
    except BadNameError:
        return
    assert (root / name).resolve().is_relative_to(root)
    assert (root / name).resolve() != root


def test_a_write_that_raises_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path)
    store.write_atomic("a.json", b"old")
    with pytest.raises(RuntimeError, match="disk"), store.open_write("a.json") as sink:
        sink.write(b"half")
        raise RuntimeError("disk")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert store.read_bytes("a.json") == b"old"


def test_a_killed_writer_leaves_no_file_under_the_final_name(tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", SLOW_WRITER, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(3):
        assert writer.stdout.readline() == b"wrote\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    store = CorpusStore(tmp_path, run="alive")
    assert not store.exists("shards/train-00000.tar")
    assert store.list() == ()
    removed = store.remove_leftovers()
    assert len(removed) == 1 and removed[0].startswith("shards/.aside-dead-")
    assert list((tmp_path / "shards").iterdir()) == []


def test_leftovers_of_this_run_are_kept(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path, run="mine")
    with store.open_write("a.bin") as sink:
        sink.write(b"1")
        assert CorpusStore(tmp_path, run="mine").remove_leftovers() == ()
    assert store.read_bytes("a.bin") == b"1"


def test_leftovers_are_kept_until_they_are_as_old_as_wanted(tmp_path: Path) -> None:
    old, new = CorpusStore(tmp_path, run="old"), CorpusStore(tmp_path, run="new")
    with old.open_write("a.bin") as sink:
        sink.write(b"1")
        assert new.remove_leftovers(older_than=3600) == ()
    assert new.read_bytes("a.bin") == b"1"
    (tmp_path / f".aside-dead-{'0' * 32}.bin").write_bytes(b"")
    os.utime(tmp_path / f".aside-dead-{'0' * 32}.bin", (0, 0))
    assert len(new.remove_leftovers(older_than=3600)) == 1


def test_a_worker_whose_aside_was_removed_fails_and_spoils_nothing(tmp_path: Path) -> None:
    old, new = CorpusStore(tmp_path, run="old"), CorpusStore(tmp_path, run="new")
    with pytest.raises(FileNotFoundError), old.open_write("a.bin") as sink:
        sink.write(b"old")
        new.write_atomic("a.bin", b"new")
        assert len(new.remove_leftovers()) == 1
    assert new.read_bytes("a.bin") == b"new"


def test_readers_see_whole_files_while_many_write_the_same_content(tmp_path: Path) -> None:
    content = b"".join(bytes([i % 251]) * 4096 for i in range(64))
    stop = time.monotonic() + 1.0
    seen: list[bool] = []

    def write(run: str) -> None:
        store = CorpusStore(tmp_path, run=run)
        while time.monotonic() < stop:
            store.write_atomic("clips/a.mp4", content)

    def read() -> None:
        store = CorpusStore(tmp_path)
        while time.monotonic() < stop:
            if store.exists("clips/a.mp4"):
                seen.append(store.read_bytes("clips/a.mp4") == content)

    threads = [threading.Thread(target=write, args=(run,)) for run in ("a", "b", "b")] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen and all(seen)
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["a.mp4"]


def test_a_store_travels_to_another_process_with_its_run(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path, run="r1")
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes
    assert (copy.root, copy.run) == (store.root, "r1")


def test_reading_is_limited_when_asked(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path)
    store.write_atomic("a.json", b"12345")
    assert store.read_bytes("a.json", max_bytes=5) == b"12345"
    with pytest.raises(ValueError, match="larger than 4"):
        store.read_bytes("a.json", max_bytes=4)


def test_a_store_that_is_not_local_works_the_same() -> None:
    store = CorpusStore("memory://corpus-filesystem-test")
    store.write_atomic("clips/a.json", b"{}")
    store.write_atomic("clips/a.mp4", b"film")
    assert store.list() == ("clips/a.json", "clips/a.mp4")
    assert store.read_bytes("clips/a.mp4") == b"film"
    assert store.local_path("clips/a.mp4") is None
    store.remove("clips/a.mp4")
    store.remove("clips/a.mp4")
    assert store.list() == ("clips/a.json",)


@pytest.mark.parametrize("folder", ["a::b", "zip::c", "#1?*[x] é", "50%"])
def test_a_corpus_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    store = CorpusStore(tmp_path / folder)
    store.write_atomic("clips/a.json", b"{}")
    assert (tmp_path / folder / "clips" / "a.json").read_bytes() == b"{}"
    assert store.list() == ("clips/a.json",)


def test_a_relative_folder_keeps_its_place_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = CorpusStore("corpus")
    monkeypatch.chdir("/")
    store = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes
    store.write_atomic("a.json", b"{}")
    assert (tmp_path / "corpus" / "a.json").exists()


def test_a_file_url_is_a_local_folder(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path.as_uri())
    store.write_atomic("a.json", b"{}")
    assert store.local_path("a.json") == tmp_path / "a.json"


@pytest.mark.parametrize("run", ["a-b", "../x", "a" * 65, "a b"])
def test_run_ids_are_letters_and_digits(tmp_path: Path, run: str) -> None:
    with pytest.raises(ValueError, match="run id"):
        CorpusStore(tmp_path, run=run)
