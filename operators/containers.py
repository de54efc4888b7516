"""Which container is this? Decided by content alone: a name can lie, and a demuxer that guesses can be led astray.

FFmpeg, left to itself, takes a text file called ``x.mp4`` for a playlist and opens the files or addresses that it
names. So only containers that hold their own pictures and timestamps are allowed, and the demuxer is chosen here.
"""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 1 << 16
"""How much of a file's beginning ``sniff_container`` wants to see."""

DEMUXERS: Final[dict[str, str]] = {
    "mov": "QuickTime, MP4, 3GP",
    "matroska": "Matroska, WebM",
    "avi": "AVI",
    "mpegts": "MPEG transport stream",
    "mpeg": "MPEG program stream",
    "flv": "Flash video",
    "ogg": "Ogg",
    "asf": "ASF, WMV",
    "mxf": "MXF",
    "nut": "NUT",
    "dv": "raw DV",
    "gxf": "GXF",
    "wtv": "Windows recorded TV",
    "rm": "RealMedia",
    "ivf": "IVF",
    "yuv4mpegpipe": "YUV4MPEG2",
}
"""FFmpeg demuxers that may be used, with the names people know them by."""

_OPENINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1aE\xdf\xa3", "matroska"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
    (b"nut/multimedia container\0", "nut"),
    (b"\x1f\x07\x00", "dv"),
    (bytes.fromhex("0000000001bc"), "gxf"),
    (bytes.fromhex("b7d800203749da11a64e0007e95ead8d"), "wtv"),
    (b".RMF", "rm"),
    (b"DKIF", "ivf"),
    (b"YUV4MPEG2 ", "yuv4mpegpipe"),
)
_MXF_HEADER_PARTITION = bytes.fromhex("060e2b34020501010d0102010102")
_STILL_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"crx ", b"M4A ", b"M4B "}
_MOVIE_BOXES = {b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"sidx"}
_PADDING_BOXES = {b"free", b"skip", b"wide", b"pnot", b"PICT", b"uuid"}

_RIFF_KINDS: Final = {b"WAVE": "a WAV recording", b"WEBP": "a WebP image"}
_SCRIPTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"ffconcat", "an ffconcat list"),
    (b"#EXTM3U", "an HLS playlist"),
    (b"<?xml", "an XML manifest"),
    (b"<MPD", "a DASH manifest"),
    (b"<SmoothStreamingMedia", "a streaming manifest"),
    (b"v=0", "an SDP description"),
    (b"[playlist]", "a playlist"),
)
_NOT_FILMS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"BM", "a BMP image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"ID3", "an MP3 recording"),
    (b"fLaC", "a FLAC recording"),
    (b"\xff\xfb", "an MP3 recording"),
    (b"\xff\xf1", "an AAC recording"),
    (b"\xff\xf9", "an AAC recording"),
    (b"\x0bw", "an AC-3 recording"),
    (b"MThd", "a MIDI file"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"FWS", "a Flash program"),
    (b"CWS", "a Flash program"),
    (b"ZWS", "a Flash program"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)


def sniff_container(head: bytes) -> str | None:
    """The demuxer (a key of ``DEMUXERS``) for a file that begins with ``head``, or ``None`` for anything else."""
    if _is_mov(head):
        return "mov"
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "avi"
    for opening, demuxer in _OPENINGS:
        if head.startswith(opening):
            return demuxer
    if _MXF_HEADER_PARTITION in head:
        return "mxf"
    if _is_transport_stream(head):
        return "mpegts"
    return None


def refusal(head: bytes) -> tuple[str, str]:
    """Why a file that ``sniff_container`` does not know is refused: a reason code and a sentence for people."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, what in _SCRIPTS:
        if text.startswith(mark):
            return "format_not_allowed", f"The file is {what}: it names other files instead of holding pictures."
    if head.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01")):
        return "format_not_allowed", "The file is an elementary stream, which has no timestamps. Put it in a container."
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "format_not_allowed", "The file is a GIF image."
    if head[4:8] == b"ftyp":
        return "format_not_allowed", "The file is a still image or a sound recording in an MP4 container."
    if head[:4] == b"RIFF" and head[8:12] in _RIFF_KINDS:
        return "not_a_video", f"The file is {_RIFF_KINDS[head[8:12]]}."
    for mark, what in _NOT_FILMS:
        if head.startswith(mark):
            return "not_a_video", f"The file is {what}."
    return "not_a_video", f"The content is none of the known film formats: {', '.join(DEMUXERS.values())}."


def _is_mov(head: bytes) -> bool:
    """Walks the top-level boxes over padding to the first one that only a film has."""
    at = 0
    while at + 8 <= len(head):
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if kind in _MOVIE_BOXES:
            return not (kind == b"ftyp" and head[at + 8 : at + 12] in _STILL_BRANDS)
        if kind not in _PADDING_BOXES or size < 8:
            return False
        at += size
    return False


def _is_transport_stream(head: bytes) -> bool:
    """Eight sync bytes in a row at one of the three packet sizes in use (plain, Blu-ray, with Reed-Solomon)."""
    for size in (188, 192, 204):
        for start in range(min(size, len(head))):
            marks = head[start : start + 8 * size : size]
            if len(marks) == 8 and marks == b"\x47" * 8:
                return True
    return False
