"""Any image-text-to-text model of ``transformers``, asked in batches: nothing to install beside the pipeline itself.

A batch runs until its longest answer ends, so an engine with continuous batching (``vllm``) answers several times faster.
In bfloat16 on a GPU, in float32 on a processor.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers.utils import logging as transformers_logging

from captioning.asks import Answer, Ask, AskError, Finish
from captioning.engines.answer_rows import AnswerRow, EndedRows, HeldScores
from captioning.engines.batches import Batches, Outcome, closed, failed
from captioning.engines.chat_turns import PROBE, Turn, chat_turns, opened_picture, probe_turns, probe_user_turns
from captioning.engines.constraint import Constraints
from captioning.engines.processor import load_processor
from formats.clip_record import Model
from operators.picture_models.device import torch_device
from operators.picture_models.protocol import Device
from operators.picture_models.weights import Weights, WeightsError

AT_ONCE = 8


@dataclass(frozen=True)
class _Prepared:
    """``prompt``: words with a placeholder for each of ``pictures``."""

    ask: Ask
    prompt: str
    pictures: list[Image.Image]
    row: AnswerRow


class TransformersBackend:
    """An ``AskBackend``. Loading blocks; asking does not. Raises ``WeightsError`` where ``weights`` are not such a model."""

    def __init__(self, weights: Weights, model: Model, device: Device, at_once: int = AT_ONCE) -> None:
        self._model, self._device = model, torch_device(device)
        self._network = _loaded(weights, self._device)
        self._processor = load_processor(weights, self._network.config)
        self._ends = _ends(self._network.generation_config, self._processor.tokenizer)
        self._network.generation_config = _greedy(self._ends, self._processor.tokenizer)
        text = self._network.config.get_text_config()
        self._longest = int(text.max_position_embeddings)
        self._constraints = Constraints(self._processor.tokenizer, int(text.vocab_size), sorted(self._ends))
        self._control = _control_tokens(self._processor)
        self._system_turn = self._shows(probe_turns())
        if not (self._system_turn or self._shows(probe_user_turns())):
            raise WeightsError(
                f"{weights.id} has a chat template that shows no turn of words and a picture: a template for pictures is needed"
            )
        self._given_up = threading.Event()
        self._batches = Batches(self._answers, at_once)

    @property
    def model(self) -> Model:
        return self._model

    async def ask(self, ask: Ask) -> Answer:
        return await self._batches.ask(ask)

    async def close(self) -> None:
        self._given_up.set()
        await self._batches.close()
        if self._device == "cuda":
            self._network.to("cpu")
            await asyncio.to_thread(torch.cuda.empty_cache)

    def _answers(self, asks: Sequence[Ask]) -> list[Outcome]:
        """One ask's fault is its own: the others of the batch are answered."""
        outcomes: dict[int, Outcome] = {}
        sound: list[tuple[int, _Prepared]] = []
        for number, ask in enumerate(asks):
            try:
                sound.append((number, self._prepared(ask)))
            except AskError as error:
                outcomes[number] = error
            except Exception as error:  # noqa: BLE001 - a template is a checkpoint's own program and raises what it likes
                outcomes[number] = failed(error, passing=False)
        if sound:
            answered = self._answered([prepared for _, prepared in sound])
            outcomes |= {number: outcome for (number, _), outcome in zip(sound, answered, strict=True)}
        return [outcomes[number] for number in range(len(asks))]

    def _prepared(self, ask: Ask) -> _Prepared:
        constraint = self._constraints.of(ask.schema) if ask.schema else None
        row = AnswerRow(ask, constraint, self._ends, self._device)
        return _Prepared(
            ask, self._prompt(ask), [opened_picture(part) for part in ask.parts if not isinstance(part, str)], row
        )

    def _prompt(self, ask: Ask) -> str:
        return self._templated(
            chat_turns(ask, self._control, lambda _: {"type": "image"}, system_turn=self._system_turn)
        )

    def _templated(self, turns: Sequence[Turn]) -> str:
        return str(self._processor.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=True))

    def _shows(self, probe: Sequence[Turn]) -> bool:
        try:
            return PROBE in self._templated(probe)
        except Exception:  # noqa: BLE001 - a template is a checkpoint's own program and raises what it likes
            return False

    def _answered(self, batch: Sequence[_Prepared]) -> list[Outcome]:
        try:
            return self._generated(batch)
        except AskError as error:
            return self._apart(batch, error)
        except Exception as error:  # noqa: BLE001 - networks and processors raise of every kind, over one ask of many
            if not _is_out_of_memory(error):
                return self._apart(batch, failed(error, passing=False))
        if self._device == "cuda":
            torch.cuda.empty_cache()
        detail = (
            f"{self._model.id} ran out of memory on {self._device} over one ask: fewer or smaller pictures are needed"
        )
        return self._apart(batch, AskError("out_of_memory", detail, passing=False))

    def _apart(self, batch: Sequence[_Prepared], error: AskError) -> list[Outcome]:
        """What a batch could not do together its halves try; an ask alone fails with ``error``."""
        if len(batch) == 1:
            return [error]
        fresh, half = [self._prepared(each.ask) for each in batch], len(batch) // 2
        return self._answered(fresh[:half]) + self._answered(fresh[half:])

    def _generated(self, batch: Sequence[_Prepared]) -> list[Outcome]:
        inputs = self._inputs(batch)
        prompt = inputs["input_ids"].shape[1]
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        for each, length in zip(batch, lengths, strict=True):
            if length + each.ask.max_tokens > self._longest:
                detail = f"{length} tokens and an answer of {each.ask.max_tokens} exceed the model's {self._longest}"
                raise AskError("ask_too_long", detail, passing=False)
        rows = [each.row for each in batch]
        with torch.inference_mode():
            tokens_BL = self._network.generate(
                **inputs,
                max_new_tokens=max(each.ask.max_tokens for each in batch),
                logits_processor=[HeldScores(rows)],
                stopping_criteria=[EndedRows(rows, self._given_up)],
            )
        if self._given_up.is_set():
            return [closed() for _ in batch]
        answers_BL = tokens_BL[:, prompt:].tolist()
        return [self._answer(*facts) for facts in zip(batch, lengths, answers_BL, strict=True)]

    def _inputs(self, batch: Sequence[_Prepared]) -> dict[str, Any]:
        begin = self._processor.tokenizer.bos_token
        words = [each.prompt for each in batch]
        pictures = [picture for each in batch for picture in each.pictures]
        inputs = self._processor(
            text=words,
            images=pictures or None,
            padding=True,
            return_tensors="pt",
            add_special_tokens=not (begin and words[0].startswith(begin)),
        )
        dtype = self._network.dtype
        return {
            name: value.to(self._device, dtype if value.is_floating_point() else None)
            for name, value in inputs.items()
            if isinstance(value, Tensor)
        }

    def _answer(self, of: _Prepared, prompt_tokens: int, tokens: list[int]) -> Answer:
        tokens = tokens[: of.ask.max_tokens]
        end = next((place for place, token in enumerate(tokens) if token in self._ends), None)
        finish: Finish = "length" if end is None else "stop"
        said = tokens if end is None else tokens[:end]
        text = str(self._processor.tokenizer.decode(said, skip_special_tokens=True))
        return Answer(of.ask.id, text, finish, int(prompt_tokens), len(tokens) if end is None else end + 1)


def _loaded(weights: Weights, device: str) -> Any:
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        network, report = transformers.AutoModelForImageTextToText.from_pretrained(
            weights.path,
            dtype=torch.bfloat16 if device == "cuda" else torch.float32,
            output_loading_info=True,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
        absent = sorted(report["missing_keys"]) + sorted(str(each) for each in report["mismatched_keys"])
        if absent:
            raise WeightsError(f"{weights.id} is not whole: {len(absent)} weights are missing, such as {absent[0]}")
        return network.to(device).eval()
    except (OSError, ValueError, RuntimeError, KeyError, AttributeError, SafetensorError) as error:
        if isinstance(error, WeightsError):
            raise
        if _is_out_of_memory(error):
            raise WeightsError(f"{weights.id} does not fit into the memory of {device}") from error
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(f"{weights.id} cannot be loaded as a model of pictures and words: {line}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)


def _ends(published: Any, tokenizer: Any) -> frozenset[int]:
    stated = published.eos_token_id
    ends = set(stated if isinstance(stated, list) else [stated]) | {tokenizer.eos_token_id}
    return frozenset(int(each) for each in ends if each is not None)


def _greedy(ends: frozenset[int], tokenizer: Any) -> Any:
    """The greatest score is always taken: ``HeldScores`` has drawn. What the checkpoint says of sampling is left out."""
    return transformers.GenerationConfig(
        do_sample=False, eos_token_id=sorted(ends), pad_token_id=tokenizer.pad_token_id
    )


def _control_tokens(processor: Any) -> tuple[str, ...]:
    special = {token.content for token in processor.tokenizer.added_tokens_decoder.values() if token.special}
    named = {getattr(processor, name, None) for name in ("image_token", "video_token")}
    return tuple(sorted(special | {token for token in named if isinstance(token, str)}))


def _is_out_of_memory(error: BaseException) -> bool:
    words = str(error)
    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in words
