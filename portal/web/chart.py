"""Bar charts: where bars, lines and words stand, in percent of the drawing, so that words keep their size on phones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOP, BOTTOM = 8.0, 88.0  # of the plot; words of the axes stand above and below
_ACROSS = 12  # words below the bars, at most
_STEPS = (1, 2, 5, 10)
_LINES = 4  # of the grid, at most
_FILLED = 0.76  # of a group's width


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of series number `series`, counted from 1."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A value of the scale, or a group of bars (by number), and where it stands."""

    value: int
    at: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in groups, the lines of the scale, and the groups that are named."""

    bars: Sequence[Bar]
    scale: Sequence[Mark]
    groups: Sequence[Mark]


def bars(series: Sequence[Sequence[int]]) -> Chart:
    """Return a chart of one or more series of as many values, none of them negative."""
    count = len(series[0])
    most = max((value for values in series for value in values), default=0)
    step = _step(most)
    top = max(step, -(-most // step) * step)
    group, width = 100 / count, 100 / count * _FILLED / len(series)

    def y(value: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 2)

    drawn = [
        Bar(number, round(place * group + group * (1 - _FILLED) / 2 + width * (number - 1), 2), y(value),
            round(width, 2), round(BOTTOM - y(value), 2))
        for number, values in enumerate(series, 1) for place, value in enumerate(values) if value
    ]
    every = -(-count // _ACROSS)
    named = [Mark(place, round((place + 0.5) * group, 2)) for place in range(0, count, every)]
    return Chart(drawn, [Mark(value, y(value)) for value in range(0, top + 1, step)], named)


def _step(most: int) -> int:
    """Return the distance of the scale's lines: 1, 2 or 5 with noughts, so that few lines reach the highest bar."""
    nought = 1
    while True:
        for step in _STEPS:
            if step * nought * _LINES >= most:
                return step * nought
        nought *= 10
