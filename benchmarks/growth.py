"""Measure how the ranking's cost grows with votes and with systems, in CPU seconds; draw it as SVG.

python -m benchmarks.growth docs/ranking-growth.svg --json benchmarks/results/ranking-growth.json
"""

import os

# Before NumPy: one thread is faster here, and the same for everybody.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.ranking import from_ids, whole_board

Point = tuple[int, float]
WORK = {"intervals from ids": from_ids, "whole board, two-way clusters and ranks": whole_board}
VOTES = (10_000, 100_000, 1_000_000, 10_000_000)
SYSTEMS = (10, 30, 100, 300)
USUAL_VOTES, USUAL_SYSTEMS = 100_000, 100
_WIDTH, _HEIGHT, _MARGIN = 380, 260, 48
_STYLE = (
    "svg{color:#1b1b1b}@media(prefers-color-scheme:dark){svg{color:#eee}}"
    "text{fill:currentColor}path{stroke:currentColor;fill:none}"
)


def seconds(work: Callable[[], object]) -> float:
    """Run the work three times and take the median of its CPU seconds."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def measured() -> dict[str, dict[str, list[Point]]]:
    """Measure every piece of work at every size."""
    return {
        "votes": {
            name: [(votes, seconds(make(votes, USUAL_SYSTEMS))) for votes in VOTES]
            for name, make in WORK.items()
        },
        "systems": {
            name: [(systems, seconds(make(USUAL_VOTES, systems))) for systems in SYSTEMS]
            for name, make in WORK.items()
        },
    }


def svg(found: dict[str, dict[str, list[Point]]]) -> str:
    """Draw both ways to grow side by side, on logarithmic scales."""
    said = "; ".join(
        f"{name}, by {by}: " + ", ".join(f"{size:,}: {cost * 1000:,.1f} ms" for size, cost in points)
        for by, lines in found.items()
        for name, points in lines.items()
    )
    panels = [
        panel(lines, place * _WIDTH, f"{by}, {fixed}")
        for place, (by, fixed, lines) in enumerate(
            (
                ("votes", f"{USUAL_SYSTEMS} systems", found["votes"]),
                ("systems", f"{USUAL_VOTES:,} votes", found["systems"]),
            )
        )
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * _WIDTH} {_HEIGHT + 40}" role="img"'
    return "\n".join(
        [
            f'{head} aria-labelledby="t d" font-family="sans-serif" font-size="12">',
            f"<style>{_STYLE}</style>",
            f'<title id="t">CPU seconds by votes and by systems</title><desc id="d">{said}</desc>',
            *panels,
            f'<text x="{_MARGIN}" y="{_HEIGHT + 30}">dashed: intervals from ids; solid: whole board</text>',
            "</svg>\n",
        ]
    )


def panel(lines: dict[str, list[Point]], left: int, title: str) -> str:
    """Draw one way to grow; a tick for each power of ten of a second."""
    sizes = [size for points in lines.values() for size, _ in points]
    low, high = math.log10(min(sizes)), math.log10(max(sizes))
    tops = [math.log10(cost) for points in lines.values() for _, cost in points]
    floor, top = math.floor(min(tops)), math.ceil(max(tops))

    def at(size: float, cost: float) -> tuple[float, float]:
        across = (math.log10(size) - low) / (high - low) * (_WIDTH - 2 * _MARGIN)
        up = (math.log10(cost) - floor) / (top - floor) * (_HEIGHT - 2 * _MARGIN)
        return round(left + _MARGIN + across, 1), round(_HEIGHT - _MARGIN - up, 1)

    drawn = [f'<text x="{left + _MARGIN}" y="20">{title}</text>']
    for power in range(floor, top + 1):
        x, y = at(min(sizes), 10**power)
        drawn.append(f'<path d="M{x} {y}H{left + _WIDTH - _MARGIN}" stroke-opacity=".2"/>')
        drawn.append(f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{10**power:g} s</text>')
    for size in sorted(set(sizes)):
        x, y = at(size, 10**floor)
        drawn.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{size:,}</text>')
    for number, points in enumerate(lines.values()):
        path = "L".join(f"{x} {y}" for x, y in (at(size, cost) for size, cost in points))
        dashes = "" if number else ' stroke-dasharray="6 4"'
        drawn.append(f'<path d="M{path}" stroke-width="2"{dashes}/>')
    return "\n".join(drawn)


def main() -> None:
    """Measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("svg", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = measured()
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    options.svg.write_text(svg(found))


if __name__ == "__main__":
    main()
