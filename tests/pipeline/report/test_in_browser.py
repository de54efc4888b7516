"""The report in a real browser, from disk."""

from __future__ import annotations

import dataclasses
import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from pipeline.report.build import write_report
from pipeline.report.model import ReportData, SourceRow

pytestmark = pytest.mark.browser

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
HOSTILE = "</script><img src=x onerror=\"document.title='broken'\">'\n\u202egpj.<b>"


@dataclass
class Opened:
    """A page with everything it complained about and asked for."""

    page: object
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def opened(browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_page(path: Path, fragment: str = "", **options: object) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        found = Opened(page)
        page.on("console", lambda message: found.complaints.append(message.text))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(path.as_uri() + fragment)
        return found

    yield open_page
    for context in contexts:
        context.close()


def with_videos(folder: Path, make_report, make_record, write_clip, clips: int = 3) -> ReportData:
    """The first clip has a video, the others only strips."""
    record = make_record(0)
    write_clip(record, folder / "clips" / f"{record.key}.mp4")
    return make_report(clips, videos={record.key: f"../clips/{record.key}.mp4"})


def wait(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Asks from outside: the page's own policy forbids the evaluation that Playwright's waiting needs."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "did not come to hold"
        time.sleep(0.02)


def color_of(png: bytes) -> tuple[int, int, int]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 4))


def test_the_page_opens_from_disk_without_a_complaint_and_asks_for_nothing_else(
    tmp_path, opened, make_report, make_record, write_clip
):
    data = with_videos(tmp_path, make_report, make_record, write_clip)
    found = opened(write_report(data, tmp_path / "report"))
    page = found.page
    for section in ("funnel", "distributions", "clips", "dropped", "sources", "settings"):
        page.locator(f"#{section}").scroll_into_view_if_needed()
    wait(lambda: page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)"))
    assert found.complaints == []
    assert all(url.startswith("file:") for url in found.requests)
    assert not [url for url in found.requests if url.endswith(".mp4")]
    assert page.locator("article.clip").count() == 3


def test_the_funnel_shows_what_became_of_everything(tmp_path, opened, make_report):
    page = opened(write_report(make_report(5, 9), tmp_path)).page
    stage = page.locator("[data-stage=select]")
    assert stage.locator(".sum").inner_text() == "14 candidates in = 5 kept + 9 dropped + 0 failed"
    widths = stage.locator("svg rect:not(.bar-rest)").evaluate_all("bars => bars.map((b) => b.getBBox().width)")
    whole = stage.locator("svg").evaluate("svg => svg.getBoundingClientRect().width")
    assert sum(widths) == pytest.approx(whole, abs=1)
    assert widths[0] / whole == pytest.approx(5 / 14, abs=0.01)


def test_a_click_on_the_timeline_shows_that_frame_of_the_video(tmp_path, opened, make_report, make_record, write_clip):
    data = with_videos(tmp_path, make_report, make_record, write_clip)
    page = opened(write_report(data, tmp_path / "report")).page
    record = data.clips[0].record
    card, border = page.locator("article.clip").first, record.shots[1].frames[0]
    track, video = card.locator(".lane.joins .track"), card.locator("video")
    box = track.bounding_box()
    for frame, red in ((border - 1, True), (border, False)):
        track.click(position={"x": (frame + 0.5) / record.video.frames * box["width"], "y": 5})
        wait(lambda: video.evaluate("(v) => v.readyState >= 2 && !v.seeking"))
        assert int(video.evaluate("(v) => v.currentTime") * 24) == frame
        assert f"frame {frame} of {record.video.frames}" in card.locator(".readout").inner_text()
        page.wait_for_timeout(200)
        r, _, b = color_of(video.screenshot())
        assert (r > b) == red


def test_the_timeline_works_from_the_keyboard(tmp_path, opened, make_report):
    page = opened(write_report(make_report(2), tmp_path)).page
    card = page.locator("article.clip").first
    slider = card.locator("input[type=range]")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "frame 3 of" in card.locator(".readout").inner_text()
    card.locator(".shot").nth(1).focus()
    page.keyboard.press("Enter")
    assert "shot 1" in card.locator(".readout").inner_text()
    assert slider.input_value() == card.locator(".shot").nth(1).get_attribute("data-frame")


def test_the_lanes_lie_where_the_record_says(tmp_path, opened, make_report):
    data = make_report(1)
    page = opened(write_report(data, tmp_path)).page
    record = data.clips[0].record
    track = page.locator(".lane.camera .track").first.bounding_box()
    for event, button in zip(
        [event for event in record.events if event.entity == "camera"],
        page.locator(".lane.camera .event").all(),
        strict=True,
    ):
        box = button.bounding_box()
        start = (box["x"] - track["x"]) / track["width"] * record.video.frames
        length = box["width"] / track["width"] * record.video.frames
        assert start == pytest.approx(event.frames[0], abs=0.5)
        assert length == pytest.approx(event.frames[1] - event.frames[0], abs=0.5)


def test_a_subjects_image_stands_beside_its_name(tmp_path, opened, make_report):
    page = opened(write_report(make_report(2), tmp_path)).page
    figure = page.locator("article.clip").first.locator(".references figure")
    assert figure.count() == 1 and figure.inner_text() == "sailor"
    image = figure.locator("img")
    image.scroll_into_view_if_needed()
    wait(lambda: image.evaluate("node => node.complete && node.naturalWidth > 0"))
    assert image.evaluate("node => [node.naturalWidth, node.naturalHeight]") == [80, 120]
    box = image.bounding_box()
    assert box["width"] / box["height"] == pytest.approx(80 / 120, abs=0.02)


def test_dropped_candidates_are_filtered_by_reason_also_from_the_funnel(tmp_path, opened, make_report):
    page = opened(write_report(make_report(1, 60), tmp_path)).page
    tiles, shown = page.locator("article.tile"), page.locator("#dropped .shown")
    assert shown.inner_text() == "1 to 24 of 60 candidates"
    page.locator("[data-reason=aesthetic_top_share]").click()
    assert shown.inner_text() == "1 to 20 of 20 candidates"
    assert set(tiles.locator(".reason").all_inner_texts()) == {"not in the top share by aesthetics"}
    page.locator("[data-show-reason=duration_min]").click()
    assert shown.inner_text() == "1 to 24 of 40 candidates"
    page.locator("#dropped .pages.below button", has_text="Next").click()
    assert shown.inner_text() == "25 to 40 of 40 candidates"


def test_clips_and_films_are_found_by_their_words(tmp_path, opened, make_report):
    data = make_report(5)
    page = opened(write_report(data, tmp_path)).page
    page.get_by_label("Search clips").fill(data.clips[3].record.key)
    wait(lambda: page.locator("article.clip").count() == 1)
    page.get_by_label("Search films").fill("encrypted")
    wait(lambda: page.locator("#sources tbody tr").count() == 1)
    assert "odd/locked.mp4" in page.locator("#sources tbody").inner_text()


def test_clips_are_put_in_order_by_a_score(tmp_path, opened, make_report):
    data = make_report(5)
    page = opened(write_report(data, tmp_path)).page
    page.get_by_label("Order").select_option("score motion")
    best = max(data.clips, key=lambda card: card.record.scores[0].value)
    assert page.locator("article.clip").first.get_attribute("data-key") == best.record.key


def test_an_address_leads_to_one_clip(tmp_path, opened, make_report):
    data = make_report(40, pictures=False)
    key = data.clips[33].record.key
    page = opened(write_report(data, tmp_path), f"#clip={key}").page
    assert page.locator("article.clip").evaluate_all("cards => cards.map((c) => c.dataset.key)") == [key]


def test_hostile_names_do_nothing(tmp_path, opened, make_report):
    data = make_report(2, uri="films/" + HOSTILE, words=HOSTILE, title=HOSTILE)
    data = dataclasses.replace(
        data,
        sources=(SourceRow(HOSTILE, "failed", "damaged", HOSTILE, 0, 0, 0, 0, HOSTILE),),
        clips=tuple(dataclasses.replace(card, split=HOSTILE, shard=HOSTILE) for card in data.clips),
        dropped=tuple(dataclasses.replace(row, reason=HOSTILE, detail=HOSTILE, source=HOSTILE) for row in data.dropped),
    )
    found = opened(write_report(data, tmp_path))
    page = found.page
    for summary in page.locator("article.clip summary").all():
        summary.click()
    page.locator(".chip").nth(1).click()
    assert page.locator("article.tile").count() == 9
    assert found.complaints == []
    assert page.locator("b", has_text="gpj").count() == 0
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "broken"
    assert "</script><img" in page.locator("article.clip .uri").first.inner_text()


def test_a_script_that_gets_into_the_page_is_not_run(tmp_path, opened, make_report):
    page_file = write_report(make_report(1), tmp_path)
    html = page_file.read_text(encoding="utf-8")
    page_file.write_text(html.replace("<main>", "<main><script>document.title='broken'</script>"), encoding="utf-8")
    found = opened(page_file)
    assert found.page.title() == "harbour"
    assert any("Content Security Policy" in text for text in found.complaints)


def test_five_thousand_clips_open_at_once(tmp_path, opened, make_report):
    data = make_report(5000, 3000, pictures=False)
    path = write_report(data, tmp_path)
    start = time.perf_counter()
    found = opened(path)
    page = found.page
    page.locator("article.clip").first.wait_for()
    assert time.perf_counter() - start < 4, "a second or less by itself; the rest is room for a busy machine"
    assert page.evaluate("document.querySelectorAll('*').length") < 3000
    assert page.evaluate("performance.memory.usedJSHeapSize") < 100e6
    assert page.locator("#clips .shown").inner_text() == "1 to 12 of 5,000 clips"
    start = time.perf_counter()
    page.get_by_label("Search clips").fill("harbour pans left")
    wait(lambda: "5,000" not in page.locator("#clips .shown").inner_text())
    assert time.perf_counter() - start < 3
    assert found.complaints == []


@pytest.mark.parametrize("width", [390, 768, 1366])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_over_the_edge_and_text_stands_out(tmp_path, opened, make_report, width, scheme):
    data = make_report(3, uri="films/" + "a-very-long-name" * 12 + ".mp4")
    options = {"viewport": {"width": width, "height": 850}, "color_scheme": scheme}
    page = opened(write_report(data, tmp_path), **options).page
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(page.evaluate(CONTRASTS)) >= 4.5


CONTRASTS = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const paint = (colors) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return light(canvas.getImageData(0, 0, 1, 1).data);
  };
  const behind = (node) => (node ? [...behind(node.parentElement), getComputedStyle(node).backgroundColor] : []);
  const seen = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && !node.disabled
    && !node.closest("svg, video, .skip") && [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()));
  return seen.map((node) => {
    const back = behind(node);
    const [a, b] = [paint(back), paint([...back, getComputedStyle(node).color])];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}
"""
