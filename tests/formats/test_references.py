from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_record import ClipRecord
from formats.references import (
    MOST_IMAGES,
    ReferenceImage,
    ReferencesError,
    png_size,
    read_references,
    references_of,
    references_zip,
)
from tests.formats.reference_images import images_for, png


def archive(*files: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as opened:
        for name, data in files:
            opened.writestr(name, data)
    return out.getvalue()


IMAGES = {"woman_red": ReferenceImage(png(), png(mode="L")), "woman_red_mask": ReferenceImage(png(9, 9))}


@given(st.dictionaries(st.from_regex(r"[a-z0-9][a-z0-9_]{0,60}", fullmatch=True), st.booleans(), max_size=5))
def test_what_was_written_is_read_again(names: dict[str, bool]) -> None:
    images = {name: ReferenceImage(png(), png(mode="L") if masked else b"") for name, masked in names.items()}
    assert read_references(references_zip(images)) == images
    assert references_zip(dict(reversed(images.items()))) == references_zip(images)


def test_any_reader_of_zips_finds_an_image_by_its_entity() -> None:
    data = references_zip(IMAGES)
    assert zipfile.ZipFile(io.BytesIO(data)).read("woman_red.png") == IMAGES["woman_red"].image
    assert zipfile.ZipFile(io.BytesIO(data)).read("woman_red.mask.png") == IMAGES["woman_red"].mask


def test_a_clip_without_images_has_a_member_without_entries() -> None:
    data = references_zip({})
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == [] and read_references(data) == {}


HUGE = png()[:16] + (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big") + png()[24:]
GOOD = ("woman.png", png())
HOSTILE: list[tuple[bytes, str]] = [
    (b"", "no ZIP"),
    (b"PK", "no ZIP"),
    (references_zip(IMAGES)[:-9], "no ZIP"),
    (archive(("../woman.png", png())), "holds '../woman.png'"),
    (archive(("/etc/passwd", png())), "holds '/etc/passwd'"),
    (archive(("a/b.png", png())), "holds 'a/b.png'"),
    (archive(("Woman.png", png())), "holds 'Woman.png'"),
    (archive((".png", png())), "holds '.png'"),
    (archive(("woman.png\n", png())), "holds 'woman.png"),
    (archive(("woman.svg", b"<svg/>")), "holds 'woman.svg'"),
    (archive((f"{'a' * 300}.png", png())), "holds 'aaa"),
    (archive(("woman.png", b"")), "compressed, empty or larger"),
    (archive(("woman.png", bytes(10**6)), how=zipfile.ZIP_DEFLATED), "compressed, empty or larger"),
    (archive(("woman.png", b"GIF89a" + bytes(100))), "no PNG"),
    (archive(("woman.png", png()[:20])), "no PNG"),
    (archive(("woman.png", HUGE)), "60000x60000"),
    (archive(("woman.mask.png", png())), "without its image"),
    (archive(GOOD, ("woman.mask.png", png(4, 4, "L"))), "not as large"),
    (archive(*((f"a{i}.png", png()) for i in range(MOST_IMAGES + 1))), f"holds {MOST_IMAGES + 1} files"),
]


@pytest.mark.parametrize(("data", "says"), HOSTILE)
def test_a_hostile_member_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(ReferencesError, match=says):
        read_references(data)


def test_a_name_that_appears_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = archive(GOOD, GOOD)
    with pytest.raises(ReferencesError, match=r"holds 'woman.png'"):
        read_references(data)


@pytest.mark.parametrize("flip", [1, 0xFF])
def test_damage_never_gives_another_image(flip: int) -> None:
    """It may hide one; the record tells which there must be."""
    whole = references_zip(IMAGES)
    refused = 0
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= flip
        try:
            found = read_references(bytes(data))
        except ReferencesError:
            refused += 1
            continue
        for entity, image in found.items():
            assert image.image == IMAGES[entity].image and image.mask in (b"", IMAGES[entity].mask)
    assert refused > len(whole) / 2


def test_what_would_be_refused_is_not_written() -> None:
    with pytest.raises(ReferencesError, match="no PNG"):
        references_zip({"woman": ReferenceImage(b"JFIF")})
    with pytest.raises(ReferencesError, match="holds"):
        references_zip({"../woman": ReferenceImage(png())})


@given(st.from_type(ClipRecord))
def test_a_member_holds_just_what_its_record_names(record: ClipRecord) -> None:
    images = images_for(record)
    assert references_of(record, references_zip(images)) == images
    others = {**images, "nobody_else": ReferenceImage(png())}
    with pytest.raises(ReferencesError, match="not those that the record names"):
        references_of(record, references_zip(others))
    for row in record.references[:1]:
        wider = {**images, row.entity: ReferenceImage(png(row.width + 1, row.height))}
        with pytest.raises(ReferencesError, match=r"the record (says|names)"):
            references_of(record, references_zip(wider))


def test_the_size_of_an_image_is_read_from_its_head_alone() -> None:
    assert png_size(png(31, 17)) == (31, 17)
    assert png_size(HUGE) == (60_000, 60_000)
