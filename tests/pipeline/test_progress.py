"""What is printed cannot take over a terminal, and says how far the work is."""

from __future__ import annotations

import pytest
from rich.console import Console

from pipeline.progress import Reporter, visible


def test_control_characters_are_shown_and_not_sent() -> None:
    assert visible("a\x1b[31mred\x07\r.mp4") == "a\\x1b[31mred\\x07\\r.mp4"
    assert visible("Zürich 東京.mp4") == "Zürich 東京.mp4"


def test_markup_in_a_name_is_only_text(capsys: pytest.CaptureFixture[str]) -> None:
    Reporter().say("scan: [bold]x[/bold] [link=http://a]y")
    assert "[bold]x[/bold] [link=http://a]y" in capsys.readouterr().err


def test_a_log_tells_the_end_of_a_stage_and_its_failures(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter().stage("scan", "films", 2, 1) as advance:
        advance()
        advance(failed=True)
    told = capsys.readouterr().err
    assert "scan: 2 films to do, 1 done before" in told
    assert "scan: 2/2 films, 1 failed" in told


def test_a_stage_without_work_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter().stage("cut", "clips", 0, 5):
        pass
    assert "cut: nothing to do, 5 clips done before" in capsys.readouterr().err


def test_what_is_told_beside_the_count_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter().stage("annotate", "clips", 1, 0) as advance:
        advance.note("64 questions in flight, [bold]9[/bold] tokens/s")
        advance()
    assert (
        "1/1 clips, 0 failed, about 0 s left, 64 questions in flight, [bold]9[/bold] tokens/s"
        in capsys.readouterr().err
    )


def test_what_is_told_beside_the_count_is_no_markup_in_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "is_terminal", True)
    reporter = Reporter(to_stdout=True)
    with reporter._console.capture() as shown, reporter.stage("annotate", "clips", 2, 0) as advance:
        advance.note("9 [bold]tokens[/bold]/s")
        advance(failed=True)
    assert "annotate: 2 clips to do" in shown.get()
