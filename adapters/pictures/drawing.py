"""A chart as a picture: numbers above, bars below, on a card of its own.

The card brings its own background, so that it reads the same in dark and in light chats; every text
on it stands out by at least 4.5 to 1 (https://www.w3.org/TR/WCAG22/#contrast-minimum).
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.replies import Bar, Chart

Box = tuple[float, float, float, float]

WIDTH = 1_200
EDGE = 60
LINE = 4
PAPER, RIM = "#FBF9F4", "#8A8172"
INK, SOFT, ACCENT = "#2B2620", "#5F574B", "#5B3A8C"
RULE = "#D8D1C3"
HEAD, FACTS, BARS, FOOT = 130, 190, 340, 40
BETWEEN = 36
_BIG, _MIDDLE, _SMALL = 76, 40, 28


def png(chart: Chart) -> bytes:
    """Draw a chart."""
    card = _Card(chart)
    card.draw()
    out = io.BytesIO()
    card.image.save(out, "PNG", optimize=True)
    return out.getvalue()


class _Card:
    """One picture while it is drawn; `y` is how far down it has come."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        height = HEAD + (FACTS if chart.facts else 0) + (BARS if chart.bars else 0) + FOOT
        self.image = Image.new("RGBA", (WIDTH, height), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)
        self._y = 0.0
        card = (LINE, LINE, WIDTH - LINE, height - LINE)
        self._draw.rounded_rectangle(card, 36, fill=PAPER, outline=RIM, width=LINE)

    def draw(self) -> None:
        """Draw everything there is."""
        self._head()
        if self.chart.facts:
            self._facts(self.chart.facts)
        if self.chart.bars:
            self._bars(self.chart.bars)

    def _head(self) -> None:
        self._text((EDGE, 44), self.chart.title, _MIDDLE, INK, WIDTH - 2 * EDGE)
        self._y = HEAD

    def _facts(self, facts: Sequence[tuple[str, str]]) -> None:
        width = (WIDTH - 2 * EDGE) / len(facts)
        room = width - BETWEEN
        said = [self._broken(what, room) for _, what in facts]
        size = min(self._fitting(line, _SMALL, room) for lines in said for line in lines)
        for number, (much, _) in enumerate(facts):
            x = EDGE + number * width
            self._text((x, self._y), much, _BIG, ACCENT, room)
            for line, what in enumerate(said[number]):
                self._text((x, self._y + 92 + line * 36), what, size, SOFT, room)
        self._y += FACTS

    def _broken(self, text: str, room: float) -> tuple[str, ...]:
        """A text on one line, or on two of much the same length where it would not find room."""
        words = text.split(" ")
        if self._length(text, _SMALL) <= room or len(words) == 1:
            return (text,)
        ways = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words))]
        return min(ways, key=lambda two: max(self._length(line, _SMALL) for line in two))

    def _bars(self, bars: Sequence[Bar]) -> None:
        top, floor = self._y + 96, self._y + BARS - 60
        self._rule(self._y)
        self._text((EDGE, self._y + 16), self.chart.caption, _SMALL, SOFT, WIDTH - 2 * EDGE)
        most = max((bar.value or 0 for bar in bars), default=0) or 1
        width = (WIDTH - 2 * EDGE) / len(bars)
        for number, bar in enumerate(bars):
            left = EDGE + number * width
            height = (floor - top) * (bar.value or 0) / most
            box = (left + BETWEEN / 2, floor - height, left + width - BETWEEN / 2, floor)
            self._bar(bar, box)
        self._rule(floor)
        self._y += BARS

    def _bar(self, bar: Bar, box: Box) -> None:
        middle = (box[0] + box[2]) / 2
        if bar.value:
            self._draw.rounded_rectangle(box, 8, fill=ACCENT, corners=(True, True, False, False))
        said = "-" if bar.value is None else str(bar.value)  # the font has no dash
        self._centred((middle, box[1] - 42), said, INK)
        self._centred((middle, box[3] + 10), bar.label, SOFT)

    def _rule(self, y: float) -> None:
        self._draw.line((EDGE, y, WIDTH - EDGE, y), fill=RULE, width=2)

    def _centred(self, middle: tuple[float, float], text: str, colour: str) -> None:
        width = self._draw.textlength(text, font=_font(_SMALL))
        x, y = middle
        self._draw.text((x - width / 2, y), text, font=_font(_SMALL), fill=colour)

    def _text(
        self, at: tuple[float, float], text: str, size: int, colour: str, room: float
    ) -> None:
        """Write a text, smaller where it would not find room."""
        self._draw.text(at, text, font=_font(self._fitting(text, size, room)), fill=colour)

    def _fitting(self, text: str, size: int, room: float) -> int:
        """The size, or the next smaller one in which a text finds room."""
        while size > _SMALL // 2 and self._length(text, size) > room:
            size -= 2
        return size

    def _length(self, text: str, size: int) -> float:
        return self._draw.textlength(text, font=_font(size))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along, so that no machine needs one; it has Latin letters."""
    return ImageFont.load_default(size)
