"""A training run's settings: whole from a few lines, and refused in words where they contradict themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.config_file import ConfigError
from pipeline.training_config import load_training_settings

LEAST = """
data:
  corpora: [{name: films, path: corpus}]
  sizes: {buckets: [{frames: 17, height: 64, width: 64}]}
"""


def load(tmp_path: Path, text: str, *overrides: str):
    file = tmp_path / "train.yaml"
    file.write_text(text)
    return load_training_settings(file, list(overrides))


def test_corpora_and_sizes_are_enough(tmp_path):
    settings = load(tmp_path, LEAST)
    assert settings.tune.how == "lora" and settings.tune.rank == 64
    assert settings.attention.plan.masked_layers == (6, 27)
    assert load(tmp_path, LEAST, "attention.masked_layers=null").attention.plan.masked_layers is None


def test_each_setting_of_attention_reaches_the_plan_under_its_own_name(tmp_path):
    told = {"masked_layers": (1, 2), "first_frame": False, "time": "centre", "theta": 50.0, "alpha": 0.5}
    written = [
        f"attention.{name}={value if name != 'masked_layers' else list(value)}".replace("False", "false")
        for name, value in told.items()
    ]
    plan = load(tmp_path, LEAST, *written).attention.plan
    assert {name: getattr(plan, name) for name in told} == told
    assert plan.masked == "both"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optimizer.rat=1", "did you mean optimizer.rate?"),
        ("data.corpora=[{name: a, path: b, weigth: 2}]", "did you mean data.corpora.0.weight?"),
        ("data.text.plan=events", "attention.time 'off' tells the model no event's time"),
        ("attention.masked_layers=[9, 3]", "the first and the last"),
        ("run.steps=0", "run.steps: got 0"),
        ("validation.size=830x480", "multiples of 16, got 830x480"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, override, said):
    with pytest.raises(ConfigError, match=said.replace("?", r"\?")):
        load(tmp_path, LEAST, override)


CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.mark.parametrize("name", ["train_wan_lora", "train_wan_lora_1gpu", "train_tiny"])
def test_the_configurations_that_are_shipped_can_be_read(name):
    assert load_training_settings(CONFIGS / f"{name}.yaml", []).data.corpora


def test_every_value_of_the_published_recipe_is_marked_published_or_ours():
    lines = (CONFIGS / "train_wan_lora.yaml").read_text().splitlines()
    values = [
        line for line in lines if re.search(r"[:{] *[^ #]", line.split("#")[0]) and not line.lstrip().startswith("#")
    ]
    assert len(values) > 30
    assert [line for line in values if not re.search(r"# (published|ours)\b", line)] == []


def test_the_recipe_for_one_gpu_differs_from_the_published_one_as_it_says():
    whole, one = (load_training_settings(CONFIGS / f"train_wan_lora{end}.yaml", []) for end in ("", "_1gpu"))
    assert one.run.group * 8 == whole.run.group
    for section in ("model", "attention", "tune", "noise", "optimizer"):
        assert getattr(one, section) == getattr(whole, section), section
