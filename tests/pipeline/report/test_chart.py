from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.chart import HEIGHT, WIDTH, histogram_chart, number
from pipeline.report.model import Histogram, Limit


def test_the_tallest_bar_fills_the_chart_and_the_others_are_in_proportion():
    chart = histogram_chart(Histogram("d", "s", (0, 1, 2, 3), (2, 4, 1)))
    assert [bar.height / chart.bars[1].height for bar in chart.bars] == [0.5, 1.0, 0.25]
    assert chart.bars[1].label == "1 to 2 s: 4"


def test_a_limit_stands_where_its_value_is_on_the_axis():
    chart = histogram_chart(Histogram("d", "s", (0, 5, 10), (1, 1), (Limit("min", 5.0),)))
    assert chart.limits[0].x == chart.bars[1].x
    assert chart.limits[0].label == "min 5 s"


def test_the_axis_reaches_to_a_limit_just_outside_the_bins():
    chart = histogram_chart(Histogram("d", "", (4, 5, 6), (1, 1), (Limit("min", 3.5),)))
    assert chart.limits[0].x < chart.bars[0].x


def test_a_limit_far_outside_is_named_with_an_arrow_and_not_drawn_as_if_it_were_near():
    chart = histogram_chart(Histogram("d", "s", (3, 5, 7), (1, 1), (Limit("min", -50.0), Limit("max", 20.0))))
    assert [(mark.label, mark.inside) for mark in chart.limits] == [("← min -50 s", False), ("max 20 s →", False)]
    assert chart.bars[-1].x + chart.bars[-1].width > WIDTH * 0.9


def test_ticks_are_round_numbers():
    chart = histogram_chart(Histogram("d", "", (0, 7, 23.7), (1, 1)))
    assert [tick.label for tick in chart.ticks] == ["0", "5", "10", "15", "20"]


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40, unique=True).map(sorted),
    st.lists(st.floats(-1e7, 1e7), max_size=3),
    st.data(),
)
def test_everything_is_drawn_inside_the_chart(edges, limits, data):
    counts = data.draw(st.lists(st.integers(0, 10**9), min_size=len(edges) - 1, max_size=len(edges) - 1))
    marks = tuple(Limit("limit", value) for value in limits)
    chart = histogram_chart(Histogram("t", "", tuple(edges), tuple(counts), marks))
    for bar in chart.bars:
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH and bar.y >= 0 and bar.y + bar.height <= HEIGHT
        assert bar.width > 0
    assert all(0 <= mark.x <= WIDTH for mark in (*chart.ticks, *chart.limits))
    assert len(chart.ticks) <= 12


@pytest.mark.parametrize("edges", [(0, 1), (0, 2, 1), (0, 0, 1)])
def test_edges_that_do_not_fit_the_counts_are_refused(edges):
    with pytest.raises(ValueError, match="rising edges"):
        histogram_chart(Histogram("odd", "", edges, (1, 1)))


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (0.25, "0.25"), (12500, "12,500"), (1234.5, "1,234")])
def test_numbers_are_short(value, text):
    assert number(value) == text
