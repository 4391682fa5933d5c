"""A sheet on which lines, dots and words are put; it comes out as SVG.

Colours are given twice: as attributes, for a file that is opened by itself, and as classes, which the pages'
style sheet answers in light and dark.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

_FONT: Final = "system-ui, -apple-system, 'Segoe UI', sans-serif"
# Class: what the attribute says where no style sheet does.
_LOOKS: Final[Mapping[str, str]] = {
    "pic-ground": 'fill="#ffffff"',
    "pic-ink": 'fill="#16201d"',
    "pic-soft": 'fill="#55635e"',
    "pic-grid": 'stroke="#dde3df" stroke-width="1" fill="none"',
    "pic-edge": 'stroke="#8a9792" stroke-width="1" stroke-dasharray="3 4" fill="none"',
    "pic-line": 'stroke="#0b6b58" stroke-width="2" fill="none"',
    "pic-dot": 'fill="#0b6b58" stroke="#0b6b58" stroke-width="2"',
    "pic-hollow": 'fill="#ffffff" stroke="#0b6b58" stroke-width="2"',
    "pic-faint": 'stroke="#8a9792" stroke-width="1.5" fill="none"',
    "pic-cell": 'fill="#0b6b58"',
    "pic-self": 'fill="#e8ece9"',
    "pic-tie": 'fill="#8a9792"',
    "pic-bad": 'fill="#f4f6f3" stroke="#8a9792"',
    "pic-lost": 'fill="#dde3df"',
}


class Sheet:
    """Collects what is drawn; lengths are in px of a sheet that pages may scale."""

    def __init__(self, width: float, height: float) -> None:
        """Start with an empty sheet."""
        self._size = width, height
        self._parts: list[str] = []

    def line(self, look: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        self._parts.append(f'<line {_look(look)} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def path(self, look: str, points: list[tuple[float, float]]) -> None:
        """Draw a line through points."""
        steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline {_look(look)} points="{steps}"/>')

    def dot(self, look: str, at: tuple[float, float], *, words: str, radius: float = 4.5) -> None:
        """Draw a dot; a pointer that rests on it reads the words."""
        title = f"<title>{escape(words)}</title>"
        self._parts.append(
            f'<circle {_look(look)} cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:g}">{title}</circle>'
        )

    def box(
        self,
        look: str,
        at: tuple[float, float],
        size: tuple[float, float],
        *,
        opacity: float = 1,
        words: str = "",
    ) -> None:
        """Fill a rectangle."""
        title = f"<title>{escape(words)}</title>" if words else ""
        faint = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self._parts.append(
            f'<rect {_look(look)}{faint} x="{at[0]:.1f}" y="{at[1]:.1f}" width="{size[0]:.1f}" '
            f'height="{size[1]:.1f}">{title}</rect>'
        )

    def text(
        self,
        words: str,
        at: tuple[float, float],
        *,
        look: str = "pic-ink",
        anchor: str = "start",
        size: int = 14,
    ) -> None:
        """Write words; anchor is start, middle or end."""
        self._parts.append(
            f'<text {_look(look)} x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}" '
            f'font-size="{size}">{escape(words)}</text>'
        )

    def svg(self, *, name: str, title: str, words: str) -> str:
        """Give the whole picture.

        Args:
            name: of the picture on its page; letters and hyphens.
            title: what it shows.
            words: the same in words, for whoever does not see it.
        """
        width, height = self._size
        told = (
            f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-words">{escape(words)}</desc>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 {width:g} {height:g}" '
            f'role="img" aria-labelledby="{name}-title {name}-words" font-family="{escape(_FONT)}">'
            f'{told}<rect {_look("pic-ground")} width="{width:g}" height="{height:g}"/>'
            f"{''.join(self._parts)}</svg>\n"
        )


def _look(name: str) -> str:
    return f'class="{name}" {_LOOKS[name]}'
