"""Every refusal of media has a code that does not change and a sentence for people."""

from __future__ import annotations

from typing import Final

REASONS: Final[dict[str, str]] = {
    "empty_file": "The file has no bytes.",
    "unreadable": "The file cannot be opened or read: permissions, a folder or device, a failing disk.",
    "not_a_video": "The content is not that of a film.",
    "format_not_allowed": "A known format that is not opened: playlists that name other files, and the like.",
    "no_video_stream": "The container holds no moving pictures.",
    "codec_unsupported": "No decoder for the pictures.",
    "frame_too_large": "The frames have more pixels than are decoded.",
    "encrypted": "The pictures are encrypted.",
    "damaged": "The container cannot be read, or too many frames are corrupt.",
    "interlaced": "The frames are interlaced, and scan.interlaced is refuse.",
    "no_frames": "Not one frame could be decoded.",
    "no_timestamps": "The frames have no usable timestamps.",
    "changed": "The file was changed or went away while it was being read.",
    "verification_failed": "The clip as encoded does not equal its plan.",
    "frame_missing": "A frame that the film had when it was scanned is not there.",
}
"""Reason code -> what it means."""


class FilmError(Exception):
    """Media that is refused. ``reason`` is a key of ``REASONS``; ``detail`` is a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"{reason!r} is not one of {sorted(REASONS)}")
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[FilmError], tuple[str, str]]:
        return FilmError, (self.reason, self.detail)
