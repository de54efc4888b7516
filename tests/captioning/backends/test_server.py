"""The server backend against a real server on this machine, good and bad."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import cv2
import numpy as np
import pytest

from captioning.asks import Answer, Ask, AskError, AskPicture, BackendUnusableError
from captioning.backends import endpoints, open_models
from captioning.backends.by_role import ModelBackends
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings

SECRET = "sk-very-secret-4711"


@pytest.fixture(autouse=True)
def _short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "FIRST_REST_SECONDS", 0.02)


def picture(number: int) -> AskPicture:
    """Carries ``number`` as ``tests/chat_server.py`` reads it."""
    pixels = np.full((48, 96, 3), 90, np.uint8)
    for i in range(12):
        pixels[:8, 8 * i : 8 * i + 8] = 255 if number >> i & 1 else 0
    return AskPicture(bytes(cv2.imencode(".jpg", pixels)[1]), 96, 48)


def question(number: int = 1, schema: str = "") -> Ask:
    return Ask(f"clip-{number}", "You see.", (f"What is {number}?", picture(number)), schema, 64, 0.0, 7)


def asked(
    do: Callable[[ModelBackends], Awaitable[Any]], urls: list[str], models: dict[str, Any] | None = None, **serving: Any
) -> Any:
    """What ``do`` gives with the models open."""

    async def run() -> Any:
        chosen = models or {"clip": {"id": "test/model", "revision": "abc", "license": "MIT"}}
        settings = CaptionSettings.model_validate({"backend": "server", "models": chosen})
        limits = CaptionServingSettings.model_validate({"endpoints": urls, "request_seconds": 20, **serving})
        backends = await open_models(settings, limits)
        try:
            return await do(backends)
        finally:
            await backends.close()

    return asyncio.run(run())


async def one(backends: ModelBackends) -> Answer:
    return await backends.clip.ask(question())


def test_words_and_pictures_reach_the_model_and_its_answer_comes_back(chat_server: Any) -> None:
    answer = asked(one, [chat_server().url])
    assert json.loads(answer.text) == {"said": "What is 1?", "seen": [1], "model": "test/model"}
    assert (answer.id, answer.finish, answer.prompt_tokens, answer.answer_tokens) == ("clip-1", "stop", 100, 10)


def test_a_schema_is_held_to_by_the_server(chat_server: Any) -> None:
    schema = json.dumps({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
    answer = asked(lambda backends: backends.clip.ask(question(5, schema)), [chat_server().url])
    assert json.loads(answer.text) == {"text": "The wall with the number 5 stands in the light of the day."}


def test_many_questions_are_in_flight_and_each_gets_its_own_answer(chat_server: Any) -> None:
    server = chat_server(seconds=0.3)

    async def many(backends: ModelBackends) -> list[Answer]:
        return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(1, 41)))

    answers = asked(many, [server.url])
    assert [json.loads(answer.text)["seen"] for answer in answers] == [[n] for n in range(1, 41)]
    assert max(event["in_flight"] for event in server.events()) == 40


@pytest.mark.parametrize(
    "fault", ["429", "503", "500", "408", "garbage", "half", "cut", "drop", "deep", "unfinished", "huge", "packed"]
)
def test_a_fault_that_passes_is_tried_again(chat_server: Any, fault: str) -> None:
    server = chat_server(faults=[fault])
    assert json.loads(asked(one, [server.url]).text)["seen"] == [1]
    assert [event["fault"] for event in server.came()] == [fault, "ok"]


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_server_that_never_ends_its_reply_is_left(chat_server: Any, fault: str) -> None:
    server = chat_server(faults=[fault])
    assert json.loads(asked(one, [server.url], request_seconds=1).text)["seen"] == [1]
    assert [event["fault"] for event in server.came()] == [fault, "ok"]


@pytest.mark.parametrize(
    ("fault", "reason"), [("500", "server_error"), ("garbage", "bad_reply"), ("drop", "server_lost")]
)
def test_a_question_that_fails_each_time_is_given_up_for_now(chat_server: Any, fault: str, reason: str) -> None:
    server = chat_server(faults=[fault] * 9)
    with pytest.raises(AskError) as caught:
        asked(one, [server.url])
    assert (caught.value.reason, caught.value.passing) == (reason, True)
    assert len(server.came()) == 4


@pytest.mark.parametrize("fault", ["400", "413", "422", "filtered"])
def test_a_question_that_is_refused_is_not_put_again(chat_server: Any, fault: str) -> None:
    server = chat_server(faults=[fault])
    with pytest.raises(AskError) as caught:
        asked(one, [server.url])
    assert (caught.value.reason, caught.value.passing) == ("ask_refused", False)
    assert len(server.came()) == 1


@pytest.mark.parametrize(
    ("fault", "fix"),
    [
        ("401", "api_key_env"),
        ("402", "out of credit"),
        ("404", "OpenAI-compatible base"),
        ("307", "endpoints"),
        ("to-itself", "endpoints"),
        ("to-a-file", "endpoints"),
        ("to-nowhere", "endpoints"),
    ],
)
def test_what_no_question_can_mend_ends_the_run_and_names_the_fix(chat_server: Any, fault: str, fix: str) -> None:
    server = chat_server(faults=[fault])
    with pytest.raises(BackendUnusableError, match=fix) as caught:
        asked(one, [server.url])
    assert server.url in str(caught.value)
    assert len(server.came()) == 1


def test_retry_after_is_honoured(chat_server: Any) -> None:
    server = chat_server(faults=["busy-2"])
    asked(one, [server.url])
    first, second = server.came()
    assert second["at"] - first["at"] >= 2.0


@pytest.mark.parametrize("told", ["0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_server_that_is_always_busy_and_always_back_at_once_is_not_waited_for_without_end(
    chat_server: Any, told: str
) -> None:
    server = chat_server(faults=[f"busy-{told}"] * 100_000)
    with pytest.raises(BackendUnusableError, match="answered for 1 s"):
        asked(one, [server.url], patience_seconds=1)
    assert len(server.came()) < 20


def test_a_server_that_dies_and_comes_back_is_waited_for(chat_server: Any) -> None:
    server = chat_server(die_after=3)

    async def through_a_death(backends: ModelBackends) -> list[Answer]:
        answers = asyncio.gather(*(backends.clip.ask(question(n)) for n in range(1, 9)))
        await asyncio.sleep(1.5)
        server.kill()
        server.start(type(server.plan)())
        return await answers

    answers = asked(through_a_death, [server.url])
    assert [json.loads(answer.text)["seen"] for answer in answers] == [[n] for n in range(1, 9)]


def test_servers_that_stay_away_end_the_run(chat_server: Any) -> None:
    server = chat_server()

    async def after_death(backends: ModelBackends) -> Answer:
        server.kill()
        return await one(backends)

    with pytest.raises(BackendUnusableError, match="build again when it is back"):
        asked(after_death, [server.url], patience_seconds=1)


async def outcomes(backends: ModelBackends, count: int) -> list[Any]:
    return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(count)), return_exceptions=True)


def test_a_question_that_a_server_hangs_on_is_tried_four_times(chat_server: Any) -> None:
    server = chat_server(faults=["hang"] * 9)
    with pytest.raises(AskError) as caught:
        asked(one, [server.url], request_seconds=0.5, patience_seconds=1)
    assert (caught.value.reason, caught.value.passing) == ("server_timeout", True)
    assert len(server.came()) == 4


def test_a_server_that_hangs_on_everything_costs_the_clips_and_not_the_run(chat_server: Any) -> None:
    server = chat_server(faults=["hang"] * 10_000)

    async def twice(backends: ModelBackends) -> list[Any]:
        return [*await outcomes(backends, 12), *await outcomes(backends, 12)]

    for error in asked(twice, [server.url], request_seconds=0.5, patience_seconds=1):
        assert isinstance(error, AskError)
        assert (error.reason, error.passing) == ("server_timeout", True)


def test_servers_gone_for_good_after_an_answer_are_waited_for_once_and_cost_clips_alone(chat_server: Any) -> None:
    server = chat_server()

    async def after_death(backends: ModelBackends) -> tuple[float, list[Any]]:
        await one(backends)
        server.kill()
        first = await outcomes(backends, 4)
        began = asyncio.get_running_loop().time()
        later = await outcomes(backends, 4)
        return asyncio.get_running_loop().time() - began, [*first, *later]

    seconds, errors = asked(after_death, [server.url], patience_seconds=2)
    assert seconds < 1
    for error in errors:
        assert isinstance(error, AskError)
        assert (error.reason, error.passing) == ("server_lost", True)


def test_a_404_of_a_server_that_has_answered_is_waited_out(chat_server: Any) -> None:
    server = chat_server(faults=["ok", "404", "404"])

    async def twice(backends: ModelBackends) -> list[Answer]:
        return [await one(backends), await one(backends)]

    assert [answer.finish for answer in asked(twice, [server.url])] == ["stop", "stop"]
    assert [event["fault"] for event in server.came()] == ["ok", "404", "404", "ok"]


def test_of_two_endpoints_a_dead_one_costs_nothing_but_a_look(chat_server: Any) -> None:
    dead, alive = chat_server(), chat_server()
    dead.kill()

    async def many(backends: ModelBackends) -> list[Answer]:
        return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(1, 21)))

    answers = asked(many, [dead.url, alive.url])
    assert [json.loads(answer.text)["seen"] for answer in answers] == [[n] for n in range(1, 21)]
    assert len(alive.came()) == 20


def test_an_endpoint_that_comes_up_with_another_model_is_left_by_all_questions_at_once(chat_server: Any) -> None:
    other, right = chat_server(models=["another/model"]), chat_server(seconds=0.1)
    other.kill()

    async def many(backends: ModelBackends) -> list[Answer]:
        other.start()
        return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(1, 21)))

    assert len(asked(many, [other.url, right.url])) == 20
    assert other.came() == []


def test_endpoints_that_all_turn_out_to_serve_another_model_end_the_run(chat_server: Any) -> None:
    server = chat_server(die_after=1)

    async def after_a_change(backends: ModelBackends) -> list[Any]:
        backends.clip._endpoints.servers[0].served = None  # type: ignore[attr-defined]
        server.kill()
        server.start(type(server.plan)(models=["another/model"]))
        return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(8)), return_exceptions=True)

    for error in asked(after_a_change, [server.url]):
        assert isinstance(error, BackendUnusableError)
        assert "serves test/model any more" in str(error)


def test_two_endpoints_share_the_questions(chat_server: Any) -> None:
    servers = [chat_server(seconds=0.2), chat_server(seconds=0.2)]

    async def many(backends: ModelBackends) -> list[Answer]:
        return await asyncio.gather(*(backends.clip.ask(question(n)) for n in range(1, 41)))

    asked(many, [server.url for server in servers])
    assert [len(server.came()) for server in servers] == [20, 20]


def test_each_role_is_asked_where_its_model_is_served(chat_server: Any) -> None:
    video, image = chat_server(models=["org/video"]), chat_server(models=["short-name"], root="org/image")
    models = {"clip": {"id": "org/video"}, "shot": {"id": "org/image", "license": "MIT"}}

    async def both(backends: ModelBackends) -> list[str]:
        answers = [await backends.clip.ask(question()), await backends.shot.ask(question())]
        assert backends.shot.model.id == "org/image"
        return [json.loads(answer.text)["model"] for answer in answers]

    assert asked(both, [video.url, image.url], models) == ["org/video", "short-name"]
    assert [len(video.came()), len(image.came())] == [1, 1]


def test_a_model_that_is_not_served_is_named_with_what_is(chat_server: Any) -> None:
    server = chat_server(models=["org/one", "org/two"])
    with pytest.raises(BackendUnusableError, match="serves test/model; served: org/one, org/two"):
        asked(one, [server.url])


def test_endpoints_that_are_all_down_at_the_start_are_named(chat_server: Any) -> None:
    server = chat_server()
    server.kill()
    with pytest.raises(BackendUnusableError, match=f"{server.url}/models cannot be reached"):
        asked(one, [server.url])


def test_without_an_endpoint_the_setting_is_named() -> None:
    with pytest.raises(BackendUnusableError, match=r"engine\.captions\.endpoints"):
        asked(one, [])


def test_the_key_comes_from_the_environment_and_is_in_no_error(
    chat_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    good, bad = chat_server(key=SECRET), chat_server(key="another")
    assert json.loads(asked(one, [good.url], api_key_env="MY_KEY").text)["seen"] == [1]
    with pytest.raises(BackendUnusableError, match=r"wrong key: Bearer \[key\]") as caught:
        asked(one, [bad.url], api_key_env="MY_KEY")
    assert SECRET not in str(caught.value)


def test_a_key_that_is_not_there_is_missed_by_its_name(chat_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(BackendUnusableError, match="MY_KEY"):
        asked(one, [chat_server().url], api_key_env="MY_KEY")
