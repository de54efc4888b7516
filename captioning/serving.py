"""Where captions come from and how fast: servers, time limits, memory. None of it shapes a word."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from operators.picture_models.protocol import Device


def _checked_endpoint(url: str) -> str:
    """Errors do not repeat the address, which may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is no address such as http://localhost:8000/v1") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable():
        raise ValueError("is no address such as http://localhost:8000/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            "has a user, a password or a query in it; a key goes into an environment variable: api_key_env"
        )
    return url.rstrip("/")


Endpoint = Annotated[str, AfterValidator(_checked_endpoint)]


class CaptionServingSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoints: tuple[Endpoint, ...] = Field(
        (),
        max_length=1000,
        description="OpenAI-compatible servers for captions.backend 'server', such as http://gpu1:8000/v1. Each model is asked "
        "where it is served; the least busy first.",
    )
    api_key_env: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,99})?$",
        description="Name of the environment variable that holds the servers' API key; empty: no key.",
    )
    in_flight: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Questions that models are working on at once: over all machines for captions.backend 'server'; of each "
        "engine, and so each set of GPUs, for 'vllm' and 'transformers'.",
    )
    request_seconds: float = Field(300, gt=0, description="Time that one question may take, in seconds.")
    patience_seconds: float = Field(
        600,
        ge=0,
        description="How long questions wait while servers are busy or gone and none answers, in seconds; then their clips fail.",
    )
    device: Device = Field(
        "auto",
        description="Where captions.backend 'transformers', captions.alignment and captions.references run: 'auto' takes a GPU "
        "where there is one; cpu, cuda.",
    )
    gpu_share: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Share of each GPU's memory for captions.backend 'vllm'; two models halve it between them.",
    )
    gpus_per_model: int = Field(
        1, ge=1, le=64, description="GPUs that a model of captions.backend 'vllm' is spread over (tensor parallel)."
    )
    ahead_mb: int = Field(
        512,
        ge=16,
        description="Pictures of clips that wait for their captions or are being asked about, per machine (per engine where the "
        "pipeline runs the model itself), in MB.",
    )
