"""Whatever a task does, its caller gets one answer, and nothing of the task stays behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox, SandboxStartError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOOKS = re.findall(r"^def (\w+)", (HERE / "sandbox_hooks.py").read_text(), re.MULTILINE)
ALLOW = tuple(f"sandbox_hooks:{name}" for name in HOOKS)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sys.path.insert(0, str(HERE))
    os.environ["HF_TOKEN"] = "secret"
    with Sandbox(allow=ALLOW) as running:
        yield running
    sys.path.remove(str(HERE))
    del os.environ["HF_TOKEN"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def run(sandbox: Sandbox, hook: str, *, wall_seconds: float = 20, memory_mb: int = 300, **arguments: object):
    return sandbox.run(f"sandbox_hooks:{hook}", arguments, wall_seconds=wall_seconds, memory_mb=memory_mb)


def test_a_task_gets_its_arguments_and_gives_its_value(sandbox: Sandbox) -> None:
    names = {"film": "a b\n\"'<é>.mp4", "range": [0, 10], "nested": {"x": None}}
    reply = run(sandbox, "echo", names=names)
    assert (reply.outcome, reply.value, reply.reason) == ("done", {"got": {"names": names}}, "")


def test_tasks_of_one_sandbox_share_a_server_and_no_state(sandbox: Sandbox) -> None:
    run(sandbox, "echo")
    server = sandbox.server_pid
    assert run(sandbox, "abort").outcome == "crashed"
    assert run(sandbox, "echo").outcome == "done"
    assert sandbox.server_pid == server


def test_a_task_sees_no_input_no_secrets_and_modest_limits(sandbox: Sandbox) -> None:
    assert run(sandbox, "surroundings").value == {
        "stdin": "",
        "core": 0,
        "files": 256,
        "threads": "1",
        "token": "",
        "group": True,
    }
    many = run(sandbox, "open_many")
    assert many.outcome == "crashed"
    assert "Too many open files" in many.detail


def test_a_refused_film_fails_with_its_reason(sandbox: Sandbox) -> None:
    reply = run(sandbox, "refuse")
    assert (reply.outcome, reply.reason, reply.detail) == ("failed", "damaged", "Nothing can be read.")


def test_an_exception_is_a_crash_with_the_end_of_its_traceback(sandbox: Sandbox) -> None:
    reply = run(sandbox, "fail")
    assert (reply.outcome, reply.reason) == ("crashed", "exception")
    assert reply.detail.endswith("KeyError: 'the missing shot'")


def test_leaving_without_an_answer_is_a_crash(sandbox: Sandbox) -> None:
    assert run(sandbox, "leave").outcome == "crashed"


@pytest.mark.parametrize(("hook", "name"), [("abort", "SIGABRT"), ("segfault", "SIGSEGV")])
def test_a_signal_is_a_crash_with_the_signals_name(sandbox: Sandbox, hook: str, name: str) -> None:
    reply = run(sandbox, hook)
    assert (reply.outcome, reply.reason) == ("crashed", name)
    assert "sandbox_hooks.py" in reply.detail


def test_what_a_decoder_prints_reaches_the_detail_and_not_the_terminal(
    sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "assertion failed in a decoder" in run(sandbox, "abort").detail
    assert capfd.readouterr() == ("", "")


def test_a_hanging_task_is_killed_at_its_time(sandbox: Sandbox, tmp_path: Path) -> None:
    begun = time.monotonic()
    reply = run(sandbox, "hang", wall_seconds=0.5, pid=str(tmp_path / "pid"))
    assert (reply.outcome, reply.reason) == ("timeout", "timeout")
    assert time.monotonic() - begun < 5
    assert gone_within(int((tmp_path / "pid").read_text()), 1)


def test_a_task_that_needs_too_much_memory_says_so(sandbox: Sandbox) -> None:
    reply = run(sandbox, "hog", memory_mb=200)
    assert (reply.outcome, reply.reason) == ("memory", "memory")


def test_processes_of_a_task_share_its_memory_limit(sandbox: Sandbox) -> None:
    assert run(sandbox, "hog_in_children", memory_mb=150).outcome == "memory"


def test_nothing_that_a_task_started_outlives_it(sandbox: Sandbox) -> None:
    reply = run(sandbox, "leave_orphans")
    assert reply.outcome == "done"
    assert len(reply.value["pids"]) == 3
    assert all(gone_within(pid, 1) for pid in reply.value["pids"])


def test_endless_output_neither_blocks_nor_grows(sandbox: Sandbox) -> None:
    reply = run(sandbox, "chatter")
    assert (reply.outcome, reply.value, reply.detail) == ("done", {"said": 40_000_000}, "")


def test_a_long_answer_arrives_whole(sandbox: Sandbox) -> None:
    assert run(sandbox, "long_answer", size=3_000_000).value == {"text": "x" * 3_000_000}


@pytest.mark.parametrize("hook", ["answer_a_set", "answer_nan", "answer_a_list"])
def test_an_answer_that_is_not_a_json_object_is_a_crash(sandbox: Sandbox, hook: str) -> None:
    reply = run(sandbox, hook)
    assert (reply.outcome, reply.reason) == ("crashed", "exception")


def test_a_server_that_dies_is_replaced_and_the_task_runs_again(sandbox: Sandbox, tmp_path: Path) -> None:
    run(sandbox, "echo")
    before = sandbox.server_pid
    reply = run(sandbox, "kill_the_server", once=str(tmp_path / "once"), spare=True)
    assert (reply.outcome, reply.value) == ("done", {"spared": True})
    assert sandbox.server_pid != before


def test_a_task_that_kills_the_server_twice_is_a_crash_and_the_next_one_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    reply = run(sandbox, "kill_the_server", once=str(tmp_path / "once"), spare=False)
    assert (reply.outcome, reply.reason) == ("crashed", "server_died")
    assert run(sandbox, "echo").outcome == "done"


@pytest.mark.parametrize(
    "task", ["os:system", "pipeline.sandbox:Sandbox", "operators.media", "operators.media:__import__", "operators:_x:y"]
)
def test_only_tasks_of_operators_and_captioning_may_be_named(sandbox: Sandbox, task: str) -> None:
    with pytest.raises(ValueError, match=r"form|packages"):
        sandbox.run(task, {}, wall_seconds=1, memory_mb=100)


def test_a_module_that_cannot_be_loaded_is_the_installations_fault() -> None:
    with (
        Sandbox(preload=("operators.no_such_module",)) as broken,
        pytest.raises(SandboxStartError, match="no_such_module"),
    ):
        broken.run("operators.media:probe_film", {}, wall_seconds=1, memory_mb=100)


def test_a_server_outlives_the_thread_that_started_it(sandbox: Sandbox) -> None:
    with Sandbox(preload=(), allow=ALLOW) as own:
        starter = threading.Thread(target=run, args=(own, "echo"))
        starter.start()
        starter.join()
        server = own.server_pid
        time.sleep(0.2)
        assert run(own, "echo").outcome == "done"
        assert own.server_pid == server


@pytest.mark.slow
def test_a_ray_actor_can_own_a_sandbox_and_its_death_ends_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    # Else Ray's own deduction of the environment wraps workers in the test runner's command.
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")

    class Owner:
        def __init__(self) -> None:
            self.sandbox = Sandbox(preload=(), allow=ALLOW)

        def run(self, hook: str) -> tuple[str, str, int | None]:
            reply = self.sandbox.run(f"sandbox_hooks:{hook}", {}, wall_seconds=20, memory_mb=300)
            return reply.outcome, reply.reason, self.sandbox.server_pid

    paths = os.pathsep.join([str(HERE), str(ROOT)])
    ray.init(num_cpus=1, include_dashboard=False, runtime_env={"env_vars": {"PYTHONPATH": paths}}, log_to_driver=False)
    try:
        owner = ray.remote(Owner).options(max_concurrency=2).remote()
        assert ray.get(owner.run.remote("echo"))[:2] == ("done", "")
        assert ray.get(owner.run.remote("segfault"))[:2] == ("crashed", "SIGSEGV")
        outcome, _, server = ray.get(owner.run.remote("echo"))
        assert outcome == "done"
        ray.kill(owner)
        assert gone_within(server, 5)
    finally:
        ray.shutdown()


def test_closing_a_sandbox_ends_its_server() -> None:
    sandbox = Sandbox(preload=(), allow=("sandbox_hooks:echo",))
    with sandbox:
        assert sandbox.run("sandbox_hooks:echo", {}, wall_seconds=9, memory_mb=300).outcome in ("done", "crashed")
        server = sandbox.server_pid
    assert server is not None
    assert gone_within(server, 1)
    assert sandbox.server_pid is None


def test_killing_the_process_that_owns_a_sandbox_leaves_nothing_behind(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    script = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(ROOT)!r}]\n"
        "from pipeline.sandbox import Sandbox\n"
        "sandbox = Sandbox(preload=(), allow=('sandbox_hooks:echo', 'sandbox_hooks:hang'))\n"
        "sandbox.run('sandbox_hooks:echo', {}, wall_seconds=9, memory_mb=300)\n"
        "print(sandbox.server_pid, flush=True)\n"
        f"sandbox.run('sandbox_hooks:hang', {{'pid': {str(pid_file)!r}}}, wall_seconds=60, memory_mb=300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        server = int(owner.stdout.readline())
        deadline = time.monotonic() + 20
        while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        child = int(pid_file.read_text())
        assert alive(server)
        assert alive(child)
        os.kill(owner.pid, signal.SIGKILL)
    assert gone_within(child, 3)
    assert gone_within(server, 3)
