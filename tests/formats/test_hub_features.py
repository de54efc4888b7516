from __future__ import annotations

import datasets
import pytest
from pydantic import BaseModel

from formats.clip_record import ClipRecord
from formats.hub_features import model_features, sample_features
from formats.shard_layout import MEMBERS_WITH_REFERENCES


def test_datasets_reads_the_features_as_they_are_meant() -> None:
    features = datasets.Features._from_yaml_list(sample_features())
    assert list(features) == ["mp4", "json", "__key__", "__url__"]
    assert isinstance(features["mp4"], datasets.Video)
    assert list(features["json"]) == [field.alias or name for name, field in ClipRecord.model_fields.items()]
    assert features["json"]["source"]["vfr"] == datasets.Value("bool")
    assert features["json"]["shots"].feature["frames"] == datasets.List(datasets.Value("int64"))
    assert features["json"]["scores"].feature["value"] == datasets.Value("float64")


def test_reference_images_are_a_column_of_bytes() -> None:
    features = datasets.Features._from_yaml_list(sample_features(MEMBERS_WITH_REFERENCES))
    assert list(features) == ["mp4", "json", "zip", "__key__", "__url__"]
    assert features["zip"] == datasets.Value("binary")


def test_the_features_are_spelled_as_datasets_itself_spells_them() -> None:
    assert datasets.Features._from_yaml_list(sample_features())._to_yaml_list() == sample_features()


def test_a_type_without_a_counterpart_is_refused() -> None:
    class Mixed(BaseModel):
        pair: tuple[int, str]

    class Free(BaseModel):
        anything: dict[str, int]

    with pytest.raises(TypeError, match="no counterpart"):
        model_features(Mixed)
    with pytest.raises(TypeError, match="no counterpart"):
        model_features(Free)
