"""Moments: what is drawn from them and how it is normalised is diffusers' own, and each visit draws for itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution

from training.caches.moments import LatentScale, VideoEncoder, drawn
from training.data.randomness import Draw
from training.model.release import CheckpointError
from training.model.tiny_checkpoint import write_tiny_release

DRAW = Draw(3, 1, "films/clip-1/0", "posterior")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


@pytest.fixture(scope="module")
def vae(release: Path) -> AutoencoderKLWan:
    return AutoencoderKLWan.from_pretrained(release / "vae").eval()


def pictures(frames: int = 9) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (frames, 3, 16, 32), np.uint8)


def test_pictures_become_the_moments_that_diffusers_gives(vae: AutoencoderKLWan) -> None:
    shown = pictures()
    moments = VideoEncoder(vae, "float32").moments(shown)
    pixels = torch.from_numpy(shown).permute(1, 0, 2, 3)[None] / 255 * 2 - 1
    with torch.no_grad():
        posterior = vae.encode(pixels).latent_dist
    assert moments.shape == (32, 3, 2, 4)
    torch.testing.assert_close(moments, posterior.parameters[0], rtol=1e-4, atol=1e-5)
    rounded = VideoEncoder(vae, "bfloat16").moments(shown)
    assert torch.equal(rounded, moments.to(torch.bfloat16))


def test_a_sample_is_that_of_the_posterior_for_the_same_noise() -> None:
    moments = 4 * torch.randn(32, 3, 2, 4)
    moments[16, 0, 0, 0], moments[16, 0, 0, 1] = 50, -50
    posterior = DiagonalGaussianDistribution(moments[None])
    noise = torch.from_numpy(DRAW.stream().normal((16, 3, 2, 4)))
    assert torch.equal(drawn(moments, DRAW), (posterior.mean + posterior.std * noise)[0])
    assert torch.equal(drawn(moments, None), posterior.mode()[0])


def test_each_visit_and_epoch_draws_for_itself_and_always_the_same() -> None:
    moments = torch.randn(32, 3, 2, 4)
    draws = [Draw(seed, epoch, name, "posterior") for seed in (0, 1) for epoch in (0, 1) for name in ("a/b/0", "a/b/1")]
    samples = [drawn(moments, draw) for draw in draws]
    assert all(torch.equal(drawn(moments, draw), sample) for draw, sample in zip(draws, samples, strict=True))
    assert len({sample.numpy().tobytes() for sample in samples}) == len(draws)


def test_normalised_latents_are_what_diffusers_pipeline_takes_apart_again(release: Path, vae: AutoencoderKLWan) -> None:
    latents = torch.randn(16, 3, 2, 4)
    scale = LatentScale.read(release / "vae")
    mean, spread = (
        torch.tensor(values).view(-1, 1, 1, 1) for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    normalised = scale.normalised(latents)
    assert normalised.dtype == torch.float32
    torch.testing.assert_close(normalised / (1.0 / spread) + mean, latents, rtol=1e-6, atol=1e-6)
    assert torch.equal(scale.normalised(mean.expand(16, 3, 2, 4)), torch.zeros(16, 3, 2, 4))


@pytest.mark.parametrize(
    "config", [None, "{", "[]", '{"z_dim": 16}', '{"z_dim": 2, "latents_mean": [1], "latents_std": [1]}']
)
def test_a_vae_without_the_form_of_wans_is_refused(tmp_path: Path, config: str | None) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    with pytest.raises(CheckpointError, match=str(tmp_path)):
        LatentScale.read(tmp_path)


def test_the_form_is_read_from_diffusers_own_file(release: Path) -> None:
    config = json.loads((release / "vae" / "config.json").read_text())
    scale = LatentScale.read(release / "vae")
    assert (scale.z_dim, list(scale.latents_std)) == (config["z_dim"], config["latents_std"])
