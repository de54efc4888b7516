"""A process of a run on a packed corpus and a release, from the settings to the end."""

from __future__ import annotations

import json
import shutil

import av
import pytest
import torch
from safetensors.torch import load_file

from formats.filesystem import CorpusStore
from formats.manifest import read_manifest
from tests.training.feeding.small_run import CLIPS, pack_small
from tests.training.trainer.small_training import training_settings
from training.model.sample_plan import MaskedLayersError
from training.model.tiny_checkpoint import write_tiny_transformer
from training.ranks import Ranks
from training.trainer.base_model import OtherBaseError
from training.trainer.checkpoint import WEIGHTS, checkpoints_in, read_facts
from training.trainer.log import JSON_LINES, read_log
from training.trainer.loop import CHECKPOINTS
from training.trainer.run import SKIPPED, RunWish, Watching, open_run_data, run_process, steps_of
from training.trainer.timeline_videos import SAMPLES

CPU = torch.device("cpu")
TIMELINE = f"""
duration: 1
summary: A woman waits; a man comes.
cuts: [0.5]
captions: [She waits{"." * 600}, He comes.]
events: [[0, 0.5, "{{woman}} waits."]]
"""


def test_a_run_takes_its_steps_tells_them_and_makes_the_videos_that_are_wanted(corpus, release, tmp_path):
    timeline = tmp_path / "pier.yaml"
    timeline.write_text(TIMELINE)
    videos = {"timelines": (str(timeline),), "size": "32x32", "steps": 1}
    settings = training_settings(corpus, release, validation={"every": 5, "samples": 1, **videos})
    told = []
    watching = Watching(step=lambda step, steps, result: told.append((step, steps)))
    assert run_process(RunWish(settings, tmp_path / "run", resume=False), Ranks(), CPU, watching) == 5
    assert told == [(step, 5) for step in range(1, 6)]
    assert len(checkpoints_in(tmp_path / "run" / CHECKPOINTS)) == 3
    kinds = [line["kind"] for line in read_log(tmp_path / "run" / JSON_LINES)]
    assert kinds.count("step") == 5 and kinds.count("validation") == 2
    for step in (0, 5):
        folder = tmp_path / "run" / SAMPLES / f"step-{step:08d}"
        with av.open(str(folder / "00-pier.mp4")) as video:
            assert sum(1 for _ in video.decode(video=0)) == 17
        told = (folder / "00-pier.txt").read_text()
        assert "cut at 0.500 s: before frame 9" in told
        assert "1 texts are longer than what is encoded and are cut, for example: She waits" in told


def test_videos_on_the_way_have_the_runs_frame_rate(corpus, release, tmp_path):
    timeline = tmp_path / "pier.yaml"
    timeline.write_text(TIMELINE)
    settings = training_settings(
        corpus,
        release,
        run={"steps": 1, "epochs": 1, "group": 2},
        validation={"every": 9, "samples": 0, "timelines": (str(timeline),), "size": "32x32", "steps": 1},
    )
    windows = settings.data.windows.model_copy(update={"fps": 8})
    settings = settings.model_copy(update={"data": settings.data.model_copy(update={"windows": windows})})
    run_process(RunWish(settings, tmp_path / "run", resume=False), Ranks(), CPU, Watching())
    folder = tmp_path / "run" / SAMPLES / "step-00000001"
    with av.open(str(folder / "00-pier.mp4")) as video:
        assert video.streams.video[0].average_rate == 8
        assert sum(1 for _ in video.decode(video=0)) == 9
    assert "9 frames at 8 a second" in (folder / "00-pier.txt").read_text()
    assert "cut at 0.500 s: before frame 5, 0.625 s" in (folder / "00-pier.txt").read_text()


def test_masks_in_layers_that_the_model_does_not_have_are_refused(corpus, release):
    settings = training_settings(corpus, release, attention={"masked_layers": (6, 27)})
    with pytest.raises(MaskedLayersError, match=r"attention\.masked_layers are 6 to 27, but the model has 2 layers"):
        open_run_data(settings)


def test_full_tuning_begins_at_the_releases_own_weights_whatever_is_computed_in(corpus, release, tmp_path):
    one = {"steps": 1, "epochs": 1, "group": 2}
    still = {"rate": 1e-12, "warmup": 0}
    settings = training_settings(
        corpus, release, model={"dtype": "bfloat16"}, tune={"how": "full"}, optimizer=still, run=one
    )
    run_process(RunWish(settings, tmp_path / "run", resume=False), Ranks(), CPU, Watching())
    learnt = load_file(checkpoints_in(tmp_path / "run" / CHECKPOINTS)[0] / WEIGHTS)
    stored = load_file(release / "transformer" / "diffusion_pytorch_model.safetensors")
    assert max(float((learnt[name] - stored[name]).abs().max()) for name in stored) < 1e-9


def test_epochs_end_a_run_before_its_steps_do(corpus, release, tmp_path):
    settings = training_settings(corpus, release, run={"steps": 1000, "epochs": 2, "group": 2})
    data = open_run_data(settings)
    wanted = sum(len(data.epoch(epoch).steps) for epoch in range(2))
    assert steps_of(settings, data) == wanted < 1000
    assert run_process(RunWish(settings, tmp_path / "run", resume=False), Ranks(), CPU, Watching()) == wanted


def test_clips_that_cannot_be_read_are_skipped_named_and_written_down(release, tmp_path):
    corpus = pack_small(tmp_path / "corpus")
    store = CorpusStore(corpus)
    (row,) = (row for row in read_manifest(store) if row.key == "clip-1")
    place = row.place("mp4")
    with (corpus / row.shard).open("r+b") as shard:
        shard.seek(place.offset)
        shard.write(bytes(place.size))
    said = []
    settings = training_settings(corpus, release, run={"steps": 4, "epochs": 100, "group": 2})
    wish = RunWish(settings, tmp_path / "run", resume=False)
    assert run_process(wish, Ranks(), CPU, Watching(skipped=said.append)) == 4
    lines = [json.loads(line) for line in (tmp_path / "run" / SKIPPED).read_text().splitlines()]
    assert {line["clip"] for line in lines} == {"clip-1"}
    assert [line["reason"] for line in lines] == said
    samples = sum(line["samples"] for line in read_log(tmp_path / "run" / JSON_LINES) if line["kind"] == "step")
    assert samples == 2 * CLIPS - 2, "two epochs, a clip fewer in each"


def test_a_run_that_goes_on_over_an_epochs_end_is_the_same(corpus, release, tmp_path):
    """One step and the rest, with the corpus read anew, are as many at once."""
    weights = []
    for name, parts in (("whole", (4,)), ("parts", (1, 4))):
        for steps in parts:
            settings = training_settings(corpus, release, run={"steps": steps, "epochs": 100, "group": 2})
            run_process(RunWish(settings, tmp_path / name, resume=True), Ranks(), CPU, Watching())
        (*_, last) = checkpoints_in(tmp_path / name / CHECKPOINTS)
        weights.append(load_file(last / WEIGHTS))
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_run_does_not_go_on_over_other_weights(corpus, release, tmp_path):
    base, run = shutil.copytree(release, tmp_path / "wan"), tmp_path / "run"
    one, two = (training_settings(corpus, base, run={"steps": n, "epochs": 100, "group": 2}) for n in (1, 2))
    run_process(RunWish(one, run, resume=False), Ranks(), CPU, Watching())
    (checkpoint,) = checkpoints_in(run / CHECKPOINTS)
    assert all(read_facts(checkpoint).base.model_dump().values())
    write_tiny_transformer(base / "transformer", seed=77)
    with pytest.raises(
        OtherBaseError, match=r"step-00000001.*differs: transformer \(was \w{16}, is \w{16}\)\. Put"
    ) as raised:
        run_process(RunWish(two, run, resume=True), Ranks(), CPU, Watching())
    assert len(raised.value.fields) == 1
    write_tiny_transformer(base / "transformer")
    assert run_process(RunWish(two, run, resume=True), Ranks(), CPU, Watching()) == 2
