"""Charts of the desk: bars of a few days as coordinates for an inline SVG; a table has the same numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.portal.show import is_persian

# In units of the drawing: the width of a day, of a bar and of the gap between two; the height of the bars,
# and what is above them for their numbers.
DAY_WIDTH, BAR_WIDTH, GAP = 64, 24, 4
HEIGHT, ABOVE = 120, 18
# A number that is not zero stays visible beside much larger ones.
LEAST_HEIGHT = 3


@dataclass(frozen=True)
class Bar:
    """A bar of a series, and the middle of its number."""

    series: int
    x: float
    y: float
    height: float
    count: int

    @property
    def middle(self) -> float:
        return self.x + BAR_WIDTH / 2


@dataclass(frozen=True)
class Chart:
    """The bars of all days, the middle of each day, and the size of the drawing."""

    bars: Sequence[Bar]
    middles: Sequence[float]
    width: int
    bottom: int = HEIGHT + ABOVE
    bar_width: int = BAR_WIDTH


def build_chart(days: Sequence[Mapping[str, Any]], series: Sequence[str]) -> Chart:
    """Return the chart of these numbers of each day; the days follow the reader's direction of reading."""
    highest = max([day[name] for day in days for name in series], default=0) or 1
    width = DAY_WIDTH * len(days)
    bars, middles = [], []
    for index, day in enumerate(days):
        middle = DAY_WIDTH * (index + 0.5)
        middles.append(width - middle if is_persian() else middle)
        for number, name in enumerate(series):
            offset = number * (BAR_WIDTH + GAP) - (len(series) * (BAR_WIDTH + GAP) - GAP) / 2
            height = max(HEIGHT * day[name] / highest, LEAST_HEIGHT if day[name] else 0)
            x = middles[-1] + (-offset - BAR_WIDTH if is_persian() else offset)
            bars.append(Bar(number, x, ABOVE + HEIGHT - height, height, day[name]))
    return Chart(bars, middles, width)
