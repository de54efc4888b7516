"""vLLM's engine in this process: as many asks as are given run at once, and its batch is filled up as they end.

Answers are repeatable by seed as far as vLLM is: the batch's size may change the last bits of a score.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import jinja2
from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.exceptions import VLLMClientError
from vllm.outputs import RequestOutput
from vllm.platforms import current_platform
from vllm.renderers import ChatParams
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

from captioning.asks import Answer, Ask, AskError, AskPicture, BackendUnusableError, Finish
from captioning.engines.chat_turns import PROBE, Part, Turn, chat_turns, opened_picture, probe_turns
from formats.clip_record import Model
from operators.picture_models.weights import Weights

MOST_AT_ONCE = 256
PROCESSOR_CONTEXT = 8192
"""On a processor prompts are read whole and no longer than this: where one is read in parts, a seed kills the engine (0.32)."""

_LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class EngineShare:
    """``memory``: of each of ``gpus`` GPUs, 0 to 1. ``at_once``: asks in one batch."""

    memory: float
    gpus: int
    at_once: int


def open_engine(weights: Weights, model: Model, share: EngineShare) -> VllmBackend:
    """Starts the engine on the running event loop and blocks meanwhile. On GPUs the context is as long as their memory allows; on a
    processor the weights are float32. Raises ``BackendUnusableError``."""
    on_processor = current_platform.is_cpu()
    arguments = AsyncEngineArgs(
        model=str(weights.path),
        load_format="safetensors",
        trust_remote_code=False,
        dtype="float32" if on_processor else "auto",
        enforce_eager=on_processor,
        max_model_len=PROCESSOR_CONTEXT if on_processor else -1,
        max_num_batched_tokens=PROCESSOR_CONTEXT if on_processor else None,
        enable_chunked_prefill=False if on_processor else None,
        max_num_seqs=min(share.at_once, MOST_AT_ONCE),
        gpu_memory_utilization=share.memory,
        tensor_parallel_size=share.gpus,
        limit_mm_per_prompt={"video": 0},
        generation_config="vllm",
        structured_outputs_config={"backend": "guidance", "disable_any_whitespace": True},
        disable_log_stats=True,
    )
    try:
        return VllmBackend(AsyncLLM.from_engine_args(arguments), model)
    except (RuntimeError, ValueError, OSError, AssertionError, VLLMClientError) as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BackendUnusableError(f"vLLM cannot run {model.id}: {line}. Its log above says more") from error


class VllmBackend:
    """An ``AskBackend`` on a running engine."""

    def __init__(self, engine: AsyncLLM, model: Model) -> None:
        self._engine, self._model = engine, model
        tokenizer = engine.renderer.get_tokenizer()
        self._decode = tokenizer.decode
        self._control = tuple(sorted({*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}))
        self._longest = int(engine.model_config.max_model_len)
        self._system_turn: bool | None = None

    @property
    def model(self) -> Model:
        return self._model

    async def ask(self, ask: Ask) -> Answer:
        if self._system_turn is None:
            self._system_turn = await self._knows_system_turn()
        turns = await asyncio.to_thread(chat_turns, ask, self._control, _part, system_turn=self._system_turn)
        try:
            prompt = await self._rendered(turns)
            length = len(prompt["prompt_token_ids"])
            if length + ask.max_tokens > self._longest:
                detail = f"{length} tokens and an answer of {ask.max_tokens} exceed the engine's {self._longest}"
                raise AskError("ask_too_long", detail, passing=False)
            output = await self._output(ask, prompt)
        except EngineDeadError as error:
            raise BackendUnusableError(f"vLLM's engine with {self._model.id} has died; its log says why") from error
        except EngineGenerateError as error:
            raise AskError("model_failed", _line(error.__cause__ or error), passing=True) from error
        except (VLLMClientError, ValueError) as error:
            raise AskError("ask_refused", _line(error), passing=False) from error
        said = output.outputs[0]
        if said.finish_reason not in ("stop", "length"):
            raise AskError("closed", f"the engine ended the answer: {said.finish_reason}", passing=True)
        finish: Finish = "stop" if said.finish_reason == "stop" else "length"
        return Answer(ask.id, said.text, finish, len(output.prompt_token_ids or ()), len(said.token_ids))

    async def close(self) -> None:
        """Blocks the event loop for some seconds: only so the engine's own reader of answers ends first."""
        self._engine.shutdown()

    async def _output(self, ask: Ask, prompt: Any) -> RequestOutput:
        held = StructuredOutputsParams(json=ask.schema) if ask.schema else None
        sampling = SamplingParams(
            temperature=ask.temperature,
            seed=ask.seed & _LARGEST_SEED,
            max_tokens=ask.max_tokens,
            structured_outputs=held,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        last: RequestOutput | None = None
        async for output in self._engine.generate(prompt, sampling, ask.id):
            last = output
        if last is None:
            raise AskError("closed", "the engine gave no answer", passing=True)
        return last

    async def _rendered(self, turns: list[Turn]) -> Any:
        how = ChatParams(chat_template_kwargs={"add_generation_prompt": True})
        _, (prompt,) = await self._engine.renderer.render_chat_async([turns], how)
        return prompt

    async def _knows_system_turn(self) -> bool:
        try:
            prompt = await self._rendered(probe_turns())
        except (jinja2.TemplateError, VLLMClientError, ValueError):
            return False
        return PROBE in self._decode(prompt["prompt_token_ids"])


def _part(picture: AskPicture) -> Part:
    return {"type": "image_pil", "image_pil": opened_picture(picture)}


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
