"""The page of training settings is that of the code."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipeline.settings_page import settings_rows
from pipeline.training_settings_page import PAGE, training_settings_page
from training.settings import TrainingSettings


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == training_settings_page()


def test_every_setting_has_a_meaning() -> None:
    assert [key for key, _, meaning in settings_rows(TrainingSettings) if not meaning] == []


def test_every_key_of_the_recipes_is_on_the_page() -> None:
    known = {key for key, _, _ in settings_rows(TrainingSettings)}
    recipes = sorted((Path(__file__).resolve().parents[3] / "configs").glob("train_*.yaml"))
    assert recipes
    for recipe in recipes:
        assert set(_keys(yaml.safe_load(recipe.read_text(encoding="utf-8")), "")) <= known


def _keys(values: object, prefix: str) -> list[str]:
    if isinstance(values, dict):
        return [key for name, value in values.items() for key in _keys(value, f"{prefix}.{name}".lstrip("."))]
    if isinstance(values, list) and values and isinstance(values[0], dict):
        return [key for value in values for key in _keys(value, f"{prefix}[]")]
    return [prefix]
