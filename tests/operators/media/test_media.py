"""A film is opened as nothing but itself, whatever it is called and whatever it says."""

from __future__ import annotations

import errno
import io
import os
import pickle
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from operators.decode import decode_film
from operators.media import MAX_PIXELS, REASONS, FilmError, choose_stream, open_film, probe_film

FilmMaker = Callable[..., Path]


def reason_of(path: Path) -> str:
    """The reason for which a film is refused, by probing or by decoding."""
    with pytest.raises(FilmError) as error:
        probe_film(path)
        for _ in decode_film(path):
            pass
    assert error.value.detail.endswith(".")
    return error.value.reason


def opened_files() -> set[str]:
    return {os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.exists()}  # noqa: PTH115


PLAYLISTS = {
    "ffconcat": "ffconcat version 1.0\nfile 'victim.mp4'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\nvictim.mp4\n#EXT-X-ENDLIST\n",
    "dash": "<?xml version='1.0'?><MPD><Period><BaseURL>victim.mp4</BaseURL></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "address": "http://127.0.0.1:9/victim.mp4\n",
    "pattern": "victim%03d.png\n",
}


def test_left_to_itself_ffmpeg_opens_the_file_that_a_text_names(plain_film: Path, tmp_path: Path) -> None:
    """The attack that the next test shows to fail."""
    (tmp_path / "victim.mp4").write_bytes(plain_film.read_bytes())
    (tmp_path / "film.mp4").write_text(PLAYLISTS["ffconcat"])
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.format.name == "concat"
        assert next(container.decode(video=0)).width == 96


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "mpd", "ffconcat", "sdp", "mkv"])
def test_a_text_called_a_film_opens_no_other_file(kind: str, suffix: str, plain_film: Path, tmp_path: Path) -> None:
    (tmp_path / "victim.mp4").write_bytes(plain_film.read_bytes())
    (tmp_path / f"film.{suffix}").write_text(PLAYLISTS[kind])
    assert reason_of(tmp_path / f"film.{suffix}") in ("format_not_allowed", "not_a_video")


def test_a_quicktime_data_reference_opens_no_other_file(plain_film: Path, tmp_path: Path) -> None:
    """A movie may say that its samples lie in another file; ``dref`` is patched to an alias record that does."""
    path = os.fsencode(tmp_path / "victim.mp4")
    victim = tmp_path / "victim.mp4"
    victim.write_bytes(plain_film.read_bytes())
    film = plain_film.read_bytes()
    own_file = struct.pack(">I4sI", 12, b"url ", 1)
    assert film.count(own_file) == 1
    absolute_path = struct.pack(">HH", 2, len(path)) + path + b"\0" * (len(path) % 2)
    record = bytes(150) + absolute_path + struct.pack(">hH", -1, 0)
    outside = struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record
    at = film.index(own_file)
    patched = bytearray(film.replace(own_file, outside))
    for kind in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        place = patched.rindex(kind, 0, at) - 4
        size = int.from_bytes(patched[place : place + 4], "big") + len(outside) - len(own_file)
        patched[place : place + 4] = size.to_bytes(4, "big")
    attack = tmp_path / "attack.mov"
    attack.write_bytes(patched)
    willing = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(attack), options=willing) as container:
        assert str(victim) in opened_files()
    with open_film(attack) as container:
        assert str(victim) not in opened_files()
        list(container.demux(container.streams.video[0]))
        assert str(victim) not in opened_files()


def test_whatever_asks_for_another_file_is_refused(plain_film: Path, tmp_path: Path) -> None:
    with open_film(plain_film) as container:
        assert container.io_open is not None
        with pytest.raises(FilmError, match="format_not_allowed"):
            container.io_open(str(plain_film), 1, {})


@pytest.mark.parametrize(
    "name",
    [
        "with space.mp4",
        "quote'\".mp4",
        "line\nbreak.mp4",
        "<script>alert(1)</script>.mp4".replace("/", "_"),
        "-i.mp4",
        "http:example.org.mp4",
        "concat:a|b.mp4",
        "frame%04d.mp4",
        "%d.png",
        "glob*?[x].jpg",
        "film.m3u8",
        "\N{GREEK SMALL LETTER ALPHA}\N{SNOWMAN}.mp4",
        os.fsdecode(b"bytes\xff\xfe.mp4"),
        "no suffix",
        "file:x",
        "pipe:0",
    ],
)
def test_a_film_opens_whatever_it_is_called(name: str, plain_film: Path, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(plain_film.read_bytes())
    assert probe_film(path).codec == "h264"
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert probe_film(Path(name)).codec == "h264"
    finally:
        os.chdir(here)


def test_what_is_not_a_file_is_refused_and_waits_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "empty.mp4").touch()
    assert reason_of(tmp_path / "folder.mp4") == "unreadable"
    assert reason_of(tmp_path / "pipe.mp4") == "unreadable"
    assert reason_of(tmp_path / "absent.mp4") == "unreadable"
    assert reason_of(tmp_path / "nul\0.mp4") == "unreadable"
    assert reason_of(Path("/dev/zero")) == "unreadable"
    assert reason_of(tmp_path / "empty.mp4") == "empty_file"


def test_a_disk_that_fails_while_a_film_is_read_makes_it_unreadable(
    plain_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FailingDisk(io.FileIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            if self.reads > 2:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(min(size or 0, 2000)) or b""

    monkeypatch.setattr(os, "fdopen", lambda descriptor, *_, **__: FailingDisk(descriptor))
    assert reason_of(plain_film) == "unreadable"


def test_a_recording_without_pictures_has_no_video_stream(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as film:
        sound = film.add_stream("aac", rate=8000)
        sound.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        film.mux(sound.encode(frame))
        film.mux(sound.encode(None))
    assert reason_of(path) == "no_video_stream"


def test_a_codec_without_decoder_is_named_as_such(plain_film: Path, tmp_path: Path) -> None:
    path = tmp_path / "unknown.mp4"
    path.write_bytes(plain_film.read_bytes().replace(b"avc1\0\0\0\0", b"zzz9\0\0\0\0"))
    assert reason_of(path) == "codec_unsupported"


def test_a_frame_that_claims_too_many_pixels_is_refused_before_it_is_decoded(plain_film: Path, tmp_path: Path) -> None:
    film = plain_film.read_bytes()
    at = film.index(b"avc1\0\0\0\0") + 4 + 24
    assert struct.unpack(">HH", film[at : at + 4]) == (96, 64)
    path = tmp_path / "huge.mp4"
    path.write_bytes(film[:at] + struct.pack(">HH", 65535, 65535) + film[at + 4 :])
    assert MAX_PIXELS < 65535 * 65535
    try:
        probe = probe_film(path)
    except FilmError as error:
        assert error.reason in ("frame_too_large", "damaged")
    else:
        assert (probe.coded_width, probe.coded_height) == (96, 64)


def test_the_stream_with_most_pixels_is_the_film(make_film: FilmMaker, tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as film:
        streams = [film.add_stream("libx264", rate=24) for _ in range(3)]
        for stream, (width, height) in zip(streams, [(64, 48), (128, 96), (96, 64)], strict=True):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for stream in streams:
            for index in range(3):
                frame = av.VideoFrame(stream.width, stream.height, "yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, 24)
                film.mux(stream.encode(frame))
            film.mux(stream.encode(None))
    with open_film(path) as container:
        assert choose_stream(container).index == 1


def test_the_encrypted_film_is_refused_as_encrypted(media: Path) -> None:
    path = media / "odd" / "bbb_v6_enc.mp4"
    for refuse in (probe_film, lambda film: list(decode_film(film))):
        with pytest.raises(FilmError) as error:
            refuse(path)
        assert error.value.reason == "encrypted"


def test_matroska_called_mp4_is_opened_as_matroska(media: Path) -> None:
    probe = probe_film(media / "odd" / "bbb_trailer_vp8_dash1_640x360.mp4")
    assert (probe.container, probe.codec) == ("matroska", "vp8")


def test_of_two_films_in_a_file_the_larger_is_chosen_with_its_sound(media: Path) -> None:
    probe = probe_film(media / "films" / "nasa_13013.mp4")
    assert (probe.stream, probe.width, probe.height, probe.audio.codec) == (3, 480, 270, "aac")


def test_a_probe_gives_display_size_with_square_pixels(media: Path) -> None:
    probe = probe_film(media / "films" / "tears_v2.mp4")
    assert (probe.coded_width, probe.coded_height, probe.sample_aspect_ratio) == (512, 120, "9/16")
    assert (probe.width, probe.height) == (512, 213)


def test_a_film_error_survives_pickling_and_knows_only_its_reasons() -> None:
    error = pickle.loads(pickle.dumps(FilmError("damaged", "Bad.")))  # noqa: S301 - our own bytes
    assert (error.reason, error.detail, error.reason in REASONS) == ("damaged", "Bad.", True)
    with pytest.raises(ValueError, match="nonsense"):
        FilmError("nonsense", "Bad.")
