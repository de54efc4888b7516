"""Detectors side by side: as text for people, as JSON for scripts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.shot_benchmark import Benchmark, Figure, Ranges
from benchmarks.shot_scoring import CRITERIA, GROUPS, MARGINS, Margin

Json = Mapping[str, object]


@dataclass(frozen=True)
class DetectorScore:
    """``failed``: a sentence for each film that the detector could not read, on which it counts as having found nothing."""

    name: str
    benchmark: Benchmark
    failed: tuple[str, ...] = ()


def table(detectors: Sequence[DetectorScore]) -> str:
    """Criteria and kinds, each with a line per detector; then ranges and leaks. Brackets hold 95 % intervals."""
    first = detectors[0].benchmark
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(first.kinds.items()))
    lines = [f"{first.films} films, {first.transitions} transitions: {told}"]
    for criterion in CRITERIA:
        lines += ["", f"{'tolerance ' if criterion.isdigit() else ''}{criterion}", _header()]
        lines += [line for kind in _kinds(detectors) for line in _kind_lines(detectors, criterion, kind)]
    lines += ["", *_ranges(detectors), ""]
    lines += [f"{detector.name}: {_named(detector.benchmark)}" for detector in detectors]
    lines += ["", *(line for detector in detectors for line in _leak_lines(detector))]
    lines += [f"{detector.name} failed on {reason}" for detector in detectors for reason in detector.failed]
    return "\n".join(lines)


def _kinds(detectors: Sequence[DetectorScore]) -> list[str]:
    """Groups, then kinds; not one that is the same as the hard cuts for all detectors."""
    told = [detector.benchmark.scores for detector in detectors]
    kinds = {kind for scores in told for _, kind in scores} - set(GROUPS)
    same = {
        kind for kind in kinds if all(scores.get((c, kind)) == scores[c, "hard"] for scores in told for c in CRITERIA)
    }
    return [*GROUPS, *sorted(kinds - same)]


def _header() -> str:
    columns = f"{'kind':<11}{'detector':<14}{'true':>5}{'found':>6}{'matched':>8}{'right':>6}"
    return columns + "".join(f"   {name:<19}" for name in ("recall", "precision", "F1")).rstrip()


def _kind_lines(detectors: Sequence[DetectorScore], criterion: str, kind: str) -> Iterator[str]:
    """A line for each detector that found or missed something of the kind."""
    for detector in detectors:
        score = detector.benchmark.scores.get((criterion, kind))
        if score is None or not score.true + score.found:
            continue
        told = detector.benchmark
        figures = (told.recall(criterion, kind), told.precision(criterion, kind), told.f1(criterion, kind))
        yield (
            f"{kind:<11}{detector.name:<14}{score.true:>5}{score.found:>6}{score.matched:>8}{score.right:>6}"
            + "".join(f"   {_text(figure):<19}" for figure in figures).rstrip()
        )


def _text(figure: Figure) -> str:
    if math.isnan(figure.value):
        return "-"
    low, high = figure.interval
    return f"{figure.value:.3f} [{low:.3f} {high:.3f}]"


_RANGES = f"{'kind':<11}{'detector':<14}{'true':>5}{'ranges':>8}   {'IoU mean':<19}   {'median':<6}   {'rest as 0':<19}"


def _ranges(detectors: Sequence[DetectorScore]) -> Iterator[str]:
    yield "gradual transitions found as ranges"
    yield f"{_RANGES}   exact   within 2"
    for kind in _kinds(detectors):
        for detector in detectors if kind not in ("all", "hard") else ():
            ranges = detector.benchmark.ranges(kind)
            if ranges is not None:
                yield (
                    f"{kind:<11}{detector.name:<14}{ranges.true:>5}{ranges.matched:>8}   {_text(ranges.mean):<19}   "
                    f"{ranges.median:<6.3f}   {_text(ranges.mean_of_all):<19}   {ranges.exact:>5.1%}   {ranges.near:>8.1%}"
                )


def _named(benchmark: Benchmark) -> str:
    return f"{benchmark.named} of {benchmark.scores['overlap', 'all'].matched} matched (overlap) have the right kind"


def _leak_lines(detector: DetectorScore) -> Iterator[str]:
    """A line per margin; one for a detector that finds no ranges, for which margins change nothing."""
    benchmark = detector.benchmark
    for margin in MARGINS if benchmark.scores["0", "gradual"].found else MARGINS[:1]:
        by_kind = ", ".join(
            f"{kind} {benchmark.leaked[margin, kind]} of {count}" for kind, count in sorted(benchmark.kinds.items())
        )
        yield (
            f"{detector.name}, margin {margin}: {benchmark.leaks(margin).value:.2%} of transitions leak ({by_kind}); "
            f"clean frames lost {benchmark.lost[margin] / max(1, benchmark.clean):.2%}"
        )


def as_json(detectors: Sequence[DetectorScore]) -> Json:
    """The same as plain values; a figure is ``{"value", "low", "high"}``, null where it is undefined."""
    return {detector.name: _detector_json(detector) for detector in detectors}


def _detector_json(detector: DetectorScore) -> Json:
    benchmark = detector.benchmark
    ranges = [benchmark.ranges(kind) for kind in ("gradual", *benchmark.kinds)]
    return {
        "films": benchmark.films,
        "transitions": benchmark.transitions,
        "kinds": benchmark.kinds,
        "failed": list(detector.failed),
        "scores": [_score_json(benchmark, criterion, kind) for criterion, kind in benchmark.scores],
        "right_kind": benchmark.named,
        "ranges": [_ranges_json(each) for each in ranges if each is not None],
        "leaks": [_leaks_json(benchmark, margin) for margin in MARGINS],
    }


def _score_json(benchmark: Benchmark, criterion: str, kind: str) -> Json:
    score = benchmark.scores[criterion, kind]
    return {
        "criterion": criterion,
        "kind": kind,
        "true": score.true,
        "found": score.found,
        "matched": score.matched,
        "right": score.right,
        "recall": _figure_json(benchmark.recall(criterion, kind)),
        "precision": _figure_json(benchmark.precision(criterion, kind)),
        "f1": _figure_json(benchmark.f1(criterion, kind)),
    }


def _ranges_json(ranges: Ranges) -> Json:
    return {
        "kind": ranges.kind,
        "true": ranges.true,
        "matched": ranges.matched,
        "iou_mean": _figure_json(ranges.mean),
        "iou_median": ranges.median,
        "iou_mean_of_all": _figure_json(ranges.mean_of_all),
        "exact": ranges.exact,
        "within_2": ranges.near,
    }


def _leaks_json(benchmark: Benchmark, margin: Margin) -> Json:
    return {
        "margin": margin.frames,
        "margin_percent": margin.percent,
        "by_kind": {kind: benchmark.leaked[margin, kind] for kind in benchmark.kinds},
        "share": _figure_json(benchmark.leaks(margin)),
        "clean_frames_lost": benchmark.lost[margin] / max(1, benchmark.clean),
    }


def _figure_json(figure: Figure) -> Json | None:
    if math.isnan(figure.value):
        return None
    return {"value": figure.value, "low": figure.interval[0], "high": figure.interval[1]}
