from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.cinebench_export import export_cinebench
from formats.cinebench_images import cinebench_images, cinebench_mask_name, with_cinebench_names
from formats.clip_record import ClipRecord
from tests.formats.reference_images import images_for


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("00007_ref_image_00_woman_red.png", "00007_ref_image_mask_00_woman_red.png"),
        ("ref_image_ref_image.png", "ref_image_mask_ref_image.png"),
        ("04_man.jpg", "04_man_mask.jpg"),
        ("man", "man_mask"),
    ],
)
def test_a_mask_is_called_as_their_evaluation_looks_for_it(image: str, mask: str) -> None:
    assert cinebench_mask_name(image) == mask


@given(st.from_type(ClipRecord))
def test_every_image_that_an_annotation_names_is_written(record: ClipRecord) -> None:
    files = cinebench_images(record, images_for(record), "00003")
    clip = export_cinebench(with_cinebench_names(record, "00003"))
    named = [entity.ref_image_path for entity in clip.global_entities if entity.ref_image_path]
    assert len(named) == len(record.references)
    masks = [cinebench_mask_name(name) for name in named if cinebench_mask_name(name) in files]
    assert sorted(files) == sorted([*named, *masks]) and len(masks) == sum(bool(row.mask) for row in record.references)
    assert all(name.startswith("00003_ref_image_") for name in files)
