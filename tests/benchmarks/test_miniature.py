"""The mask-and-tuning table in miniature: its measures by themselves, and one short run of it all."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.miniature.codec import Codec
from benchmarks.miniature.corpus import Script, ShotWords
from benchmarks.miniature.cuts import CutFinder, count_score, matched, position_f1, wanted_cuts
from benchmarks.miniature.films import MOVES, SCENES, FilmSet, move_of
from benchmarks.miniature.learning import generate, new_model
from benchmarks.miniature.mask_picture import mask_picture
from benchmarks.miniature.pictures import Looker, Shown, consistency, right_scenes
from benchmarks.miniature.results import STORED, MiniatureResults, RowResult, table
from benchmarks.miniature.run import BOTH, CEILING, CHANCE, MASK, NEITHER, TUNED, TUNING, UNTUNED, Miniature
from benchmarks.miniature.settings import FULL, SHORT
from benchmarks.miniature.words import Vocabulary, sample_plan
from operators.sample_films.truth import film_truth
from training.model.sample_plan import PlanSettings

TWO = Script((0, 4), (ShotWords("cat", "still"), ShotWords("temple", "left")))
SMALL_SHAPE = (8, 9, 4, 4)


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_film_is_the_same_every_time_and_its_truth_tells_scene_and_move() -> None:
    films = FilmSet("several", 2, 6, 2)
    one, other = list(films.plans()), list(films.plans())
    assert one == other
    assert one[0].shots[0].grade != one[1].shots[0].grade
    truth = film_truth(one[0], "x.mp4")
    assert all(shot.scene in SCENES and move_of(shot) in MOVES for shot in truth.shots)
    assert [films.split(number) for number in (0, 1)] == ["train", "test"]


def test_the_codec_keeps_what_lies_in_its_components() -> None:
    blocks = (noise(24, 9, 3, 4, 4) / 2).repeat_interleave(8, 3).repeat_interleave(8, 4)
    videos = blocks.repeat_interleave(4, 1)[:, 3:]
    codec = Codec.fitted(videos)
    latents = codec.encode(videos)
    assert latents.shape == (24, *SMALL_SHAPE)
    assert torch.allclose(codec.decode(latents), videos, atol=1e-4)


def test_a_change_of_frames_reaches_the_latents_that_wans_vae_would_give_it() -> None:
    videos = noise(8, 33, 3, 32, 32)
    codec = Codec.fitted(videos)
    changed = videos.clone()
    changed[0, 5:9] += 0.3
    moved = (codec.encode(changed) - codec.encode(videos)).abs().amax(dim=(1, 3, 4))[0]
    assert [latent for latent in range(9) if moved[latent] > 1e-4] == [2]


def test_cuts_are_matched_one_to_one_within_two_frames() -> None:
    assert matched((10, 20), (12, 18)) == 2
    assert matched((10,), (9, 11)) == 1
    assert matched((13,), (10,)) == 0
    assert position_f1([(10,), (), (5, 30)], [(10,), (8,), (5,)]) == pytest.approx(2 * 2 / (3 + 3))
    assert position_f1([()], [()]) == 0


def test_the_count_score_is_1_for_the_right_number_and_sinks_on_both_sides() -> None:
    assert count_score([(3, 9)], [(10, 20)]) == 1
    assert count_score([()], [(10,)]) == 0
    assert count_score([(1,)], [(10, 20)]) == pytest.approx(0.25 * math.e)
    assert count_score([(1, 2)], [(10,)]) == pytest.approx(2**1.6 * math.exp(-1.6))
    assert count_score([(1,), (5,)], [(10,), ()]) == 1


def test_the_detector_finds_a_cut_between_photographs_and_none_where_there_is_none() -> None:
    from operators.sample_films.photographs import load_photograph

    def shown(name: str, frames: int) -> np.ndarray:
        picture = load_photograph(name)[60:252, 60:252].reshape(32, 6, 32, 6, 3).mean(axis=(1, 3)).astype(np.uint8)
        return np.repeat(picture.transpose(2, 0, 1)[None], frames, axis=0)

    whole, cut = shown("cat", 33), np.concatenate([shown("cat", 13), shown("astronaut", 20)])
    assert CutFinder().cuts(np.stack([whole, cut])) == [(), wanted_cuts(TWO)]


def test_scenes_are_known_under_another_light_and_lights_of_neighbours_are_held_together() -> None:
    rng = np.random.default_rng(0)
    scenes = {"cat": rng.integers(60, 200, (3, 32, 32)), "moon": rng.integers(60, 200, (3, 32, 32))}
    videos, scripts = [], []
    for _ in range(24):
        order = [str(name) for name in rng.permutation(["cat", "moon"])]
        light = rng.uniform(0.7, 1.2, (3, 1, 1))
        parts = [
            np.repeat((scenes[name] * light)[None], frames, axis=0)
            for name, frames in zip(order, (13, 20), strict=True)
        ]
        videos.append(np.concatenate(parts).clip(0, 255).astype(np.uint8))
        scripts.append(Script((0, 4), tuple(ShotWords(name, "still") for name in order)))
    looker = Looker(np.stack(videos), scripts)
    shown = [looker.shown(video, script) for video, script in zip(videos, scripts, strict=True)]
    assert right_scenes(shown, scripts) == 1
    told = consistency(shown, scripts)
    assert told.pairs == 24
    assert told.correlation is not None
    assert told.correlation > 0.95
    mixed = [
        Shown(one.scenes, (one.lights[0], other.lights[1]))
        for one, other in zip(shown, shown[5:] + shown[:5], strict=True)
    ]
    other = consistency(mixed, scripts).correlation
    assert other is not None
    assert abs(other) < 0.6


def test_a_shot_that_shows_something_else_says_nothing_of_consistency() -> None:
    light = (np.zeros(3), np.zeros(3))
    told = consistency([Shown(("cat", "cat"), light)] * 20, [TWO] * 20)
    assert (told.correlation, told.pairs) == (None, 0)
    assert right_scenes([Shown(("cat", "cat"), light)], [TWO]) == 0.5


def test_captions_tell_the_number_of_their_shot_and_nothing_of_when_it_begins() -> None:
    vocabulary = Vocabulary.drawn()
    text = vocabulary.text(TWO.words)
    assert text.shape[0] == sum(part.tokens for part in sample_plan(TWO).text)
    assert not torch.equal(text[1:3], vocabulary.text(TWO.words, first=1)[1:3])
    assert [part.shots for part in sample_plan(TWO).text] == [None, (0,), (1,)]


def test_the_mask_alone_changes_what_a_request_gives_and_its_noise_stays_the_same() -> None:
    model = new_model(48, 3, seed=0)
    plans = [PlanSettings(masked_layers=layers, time="off") for layers in (None, None, (1, 1))]
    one, same, masked = (generate(model, SMALL_SHAPE, [TWO], plan, 2) for plan in plans)
    assert torch.equal(one, same)
    assert not torch.equal(one, masked)


def row(name: str, seed: int, f1: float, alike: float | None) -> RowResult:
    return RowResult(
        row=name,
        seed=seed,
        position_f1=f1,
        count_score=0.5,
        consistency=alike,
        pairs=0 if alike is None else 40,
        right_scenes=0.5,
        false_cuts=0.0,
    )


def test_the_table_shows_all_seeds_of_a_row_in_one_line() -> None:
    rows = (row("neither", 0, 0.25, None), row("both", 0, 0.5, 0.5), row("both", 1, 1.0, 0.75))
    said = table(MiniatureResults(requests=1, single_requests=1, rows=rows, processor_seconds={}))
    assert said.splitlines()[2:] == [
        "| neither | 0.25 | 0.50 | 0.50 | – | 0.00 |",
        "| both | 0.75 [0.50–1.00] | 0.50 [0.50–0.50] | 0.50 [0.50–0.50] | 0.62 [0.50–0.75] | 0.00 [0.00–0.00] |",
    ]


def test_the_mask_is_pictured_shot_by_shot_with_the_first_latent_seen_by_all() -> None:
    picture = np.asarray(mask_picture((0, 2), 4))[::24, ::24]
    assert (picture == 255).astype(int).tolist() == [
        [1, 1, 0, 0, 0, 1, 0],
        [1, 1, 0, 0, 0, 1, 0],
        [1, 0, 1, 1, 0, 0, 1],
        [1, 0, 1, 1, 0, 0, 1],
    ]


def test_the_stored_results_are_of_every_row_and_of_the_same_seeds_where_there_is_tuning() -> None:
    stored = MiniatureResults.read(STORED / "results.json")
    assert {each.row for each in stored.rows} == {CEILING, CHANCE, *UNTUNED, *TUNED}
    assert {each.seed for each in stored.of(TUNING)} == {each.seed for each in stored.of(BOTH)}
    assert stored.requests == FULL.requests


def test_the_stored_results_detector_can_be_trusted() -> None:
    [ceiling] = MiniatureResults.read(STORED / "results.json").of(CEILING)
    assert ceiling.position_f1 >= 0.95
    assert ceiling.false_cuts is not None
    assert ceiling.false_cuts <= 0.05


def test_parts_of_other_settings_are_not_taken_for_these(tmp_path: Path) -> None:
    for settings in (SHORT, replace(SHORT, tuning_steps=1), FULL):
        Miniature(settings, tmp_path, print)
    assert len(list(tmp_path.iterdir())) == 3
    assert SHORT.digest == replace(SHORT).digest


@pytest.mark.slow
def test_one_short_seed_cuts_nearer_to_where_it_is_told_with_masks_than_without(tmp_path: Path) -> None:
    results = Miniature(SHORT, tmp_path, print).results()
    f1 = {each.row: each.position_f1 for each in results.rows}
    assert f1[CEILING] >= 0.95
    assert f1[MASK] > f1[NEITHER]
    assert f1[BOTH] > f1[TUNING]
