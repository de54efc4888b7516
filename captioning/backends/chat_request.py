"""An ask as the body of ``POST /chat/completions``."""

from __future__ import annotations

import base64
import json

from captioning.asks import Ask, AskPart


def chat_body(ask: Ask, model: str) -> bytes:
    """JSON. The schema goes as ``response_format``, which vLLM and others hold decoding to."""
    body: dict[str, object] = {
        "model": model,
        "messages": [
            *([{"role": "system", "content": ask.system}] if ask.system else []),
            {"role": "user", "content": [_part(part) for part in ask.parts]},
        ],
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "seed": ask.seed,
        "stream": False,
    }
    if ask.schema:
        schema = {"name": "answer", "strict": True, "schema": json.loads(ask.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return json.dumps(body).encode()


def _part(part: AskPart) -> dict[str, object]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    url = f"data:image/jpeg;base64,{base64.b64encode(part.jpeg).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}
