"""Settings: one file, overrides on top, errors that name key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import DEFAULT_CONFIG, Config, changed_settings, config_yaml, load_config
from pipeline.config_file import ConfigError
from pipeline.settings_page import PAGE, settings_page

CONFIGS = sorted(path for path in DEFAULT_CONFIG.parent.glob("*.yaml") if not path.name.startswith("train_"))
"""Those of builds."""


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_shipped_configuration_loads(path: Path) -> None:
    assert load_config(path, [])


def test_a_written_configuration_reads_back_the_same(tmp_path: Path) -> None:
    config = load_config(DEFAULT_CONFIG, ["filter.duration.min=2.5", "encode.crf=20"])
    (tmp_path / "config.yaml").write_text(config_yaml(config))
    assert load_config(tmp_path / "config.yaml", []) == config


def test_an_override_wins_and_is_named_as_changed() -> None:
    before, after = load_config(DEFAULT_CONFIG, []), load_config(DEFAULT_CONFIG, ["defade.margin=5"])
    assert [(key, new) for key, _, new in changed_settings(before, after)] == [("defade.margin", 5)]
    assert changed_settings(before, before) == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("filter.duration.min=abc", ["filter.duration.min", "'abc'"]),
        ("filter.duration.mim=3", ["filter.duration.mim", "did you mean filter.duration.min?"]),
        ("filtre.duration.min=3", ["filtre", "did you mean filter?"]),
        ("encode.crf=900", ["encode.crf", "900"]),
        ("filter.duration.min", ["section.key=value"]),
        ("filter..min=3", ["section.key=value"]),
        ("filter.duration.min.x=3", ["filter.duration.min.x"]),
        ("filter.duration=[", ["not readable"]),
        ("limits.failed=2", ["limits.failed", "less than or equal to 1"]),
    ],
)
def test_a_bad_override_is_explained(override: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(DEFAULT_CONFIG, [override])
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a list", "sections of settings"),
        ("a: [", "not readable as YAML"),
        ("!!python/object/apply:os.system ['true']", "not readable as YAML"),
        ("a: &a [*a, *a]\n" * 1, "there is no such setting"),
    ],
)
def test_a_bad_file_is_explained(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_config(path, [])


@pytest.mark.parametrize(
    "override", ["engine.captions.api_key_env=sk-hunter2", "engine.captions.endpoints=['http://me:hunter2@gpu1/v1']"]
)
def test_what_may_be_a_secret_is_not_repeated(override: str) -> None:
    with pytest.raises(ConfigError, match=r"engine\.captions") as error:
        load_config(DEFAULT_CONFIG, [override])
    assert "hunter2" not in str(error.value)


def test_the_published_recipe_with_its_models_differs_in_them_alone() -> None:
    offline, whole = (
        load_config(DEFAULT_CONFIG.with_name(f"{name}.yaml"), []) for name in ("cine250k", "cine250k_gpu")
    )
    captions = whole.captions
    assert (captions.models.of("clip").id, captions.models.of("shot").id) == (
        "lmms-lab/LLaVA-Video-7B-Qwen2",
        "llava-hf/llava-v1.6-mistral-7b-hf",
    )
    assert whole.model_copy(update={"captions": offline.captions, "engine": offline.engine}) == offline


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load_config(tmp_path / "none.yaml", [])


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert load_config(tmp_path / "empty.yaml", []) == Config()


def test_the_page_of_settings_is_the_code_s_own() -> None:
    assert PAGE.read_text() == settings_page()
