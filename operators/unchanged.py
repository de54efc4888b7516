"""A film that was hashed earlier must still be that film when its result is written down."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from operators.film_error import FilmError


class FileFacts(BaseModel):
    """Size and modification time at the moment of hashing."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    mtime_ns: int

    def check(self, film: Path) -> None:
        """Raises ``FilmError`` (``changed``) if the file is another by now."""
        try:
            facts = film.stat()
        except OSError as error:
            raise FilmError("changed", "The film went away while it was being read.") from error
        if (facts.st_size, facts.st_mtime_ns) != (self.bytes, self.mtime_ns):
            raise FilmError("changed", "The film was changed while it was being read.")
