"""A board as a picture: dots for ratings, lines for intervals."""

from typing import Final
from xml.sax.saxutils import escape

from leaderboard.ranking.result import Result, Standing

_ROW: Final = 26
_MARGIN: Final = 34
_LEFT, _PLOT, _RIGHT = 220, 460, 130
_STEPS: Final = (5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000)
_MOST_TICKS: Final = 8
_NAME: Final = 30
_STYLE: Final = (
    "svg{color:#1b1b1b}@media(prefers-color-scheme:dark){svg{color:#eee}}"
    "text,circle{fill:currentColor}path,circle{stroke:currentColor}.open{fill:none}"
)


def svg(result: Result) -> str:
    """Draw the rated systems, the best on top; the text alternative says the same in words."""
    lines = [line for line in result.standings if line.rating is not None]
    ends = [value for line in lines for value in (line.rating, line.low, line.high) if value is not None]
    low, high = min(ends, default=1000.0) - 10, max(ends, default=1000.0) + 10
    height = _ROW * len(lines) + 2 * _MARGIN
    width = _LEFT + _PLOT + _RIGHT
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"',
        ' aria-labelledby="title description" font-family="sans-serif" font-size="13">',
        f"<style>{_STYLE}</style>",
        '<title id="title">Ratings with 95 % intervals</title>',
        f'<desc id="description">{escape("; ".join(map(_said, lines)))}</desc>',
        *_axis(low, high, height),
        *(part for place, line in enumerate(lines) for part in _line(place, line, low, high)),
        "</svg>",
    ]
    return "\n".join(drawn) + "\n"


def _axis(low: float, high: float, height: int) -> list[str]:
    step = next((step for step in _STEPS if (high - low) / step <= _MOST_TICKS), _STEPS[-1])
    first = int(-(-low // step) * step)
    drawn = []
    for value in range(first, int(high) + 1, step):
        x = _x(value, low, high)
        drawn.append(f'<path d="M{x} {_MARGIN - 8}V{height - _MARGIN + 4}" stroke-opacity=".2"/>')
        drawn.append(f'<text x="{x}" y="{height - 12}" text-anchor="middle">{value}</text>')
    return drawn


def _line(place: int, line: Standing, low: float, high: float) -> list[str]:
    y = _MARGIN + _ROW * place + _ROW // 2
    x = _x(line.rating or 0.0, low, high)
    name = escape(line.system if len(line.system) <= _NAME else f"{line.system[: _NAME - 1]}…")
    kind = ' class="open"' if line.status == "provisional" else ""
    drawn = [f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{name}</text>']
    if line.low is not None and line.high is not None:
        span = f"M{_x(line.low, low, high)} {y}H{_x(line.high, low, high)}"
        drawn.append(f'<path d="{span}" stroke-width="2"/>')
    drawn.append(f'<circle{kind} cx="{x}" cy="{y}" r="4.5" stroke-width="1.5"/>')
    ranks = f", {_ranks(line)}" if line.rank_low else ""
    drawn.append(f'<text x="{_LEFT + _PLOT + 12}" y="{y + 4}">{line.rating:.0f}{ranks}</text>')
    return drawn


def _ranks(line: Standing) -> str:
    return f"rank {line.rank_low}" + ("" if line.rank_low == line.rank_high else f"–{line.rank_high}")


def _said(line: Standing) -> str:
    span = "" if line.low is None else f" ({line.low:.0f} to {line.high:.0f})"
    return f"{line.system} {line.rating:.0f}{span}" + (f", {_ranks(line)}" if line.rank_low else "")


def _x(value: float, low: float, high: float) -> str:
    return f"{_LEFT + _PLOT * (value - low) / (high - low):.1f}"
