#!/usr/bin/env python3
"""Time and memory of one layer against the number of nodes, from 10 thousand to 3 million, in one plot.

`python scripts/bench/growth.py --svg docs/growth.svg` measures each grid in a process of its own and draws both.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from memory import memory_rows

GRIDS = ("grid10k", "grid100k", "grid300k", "grid1m", "grid3m")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 800, 420, 70, 40, 720, 360


def main() -> int:
    """Measure the grids, print the figures and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--svg", type=Path, required=True, help="write the plot here")
    options = parser.parse_args()
    rows = memory_rows(list(GRIDS))
    print(json.dumps(rows, indent=2))
    options.svg.write_text(plot(rows), encoding="utf-8")
    return 0


def plot(rows: list[dict[str, object]]) -> str:
    """Return an SVG with nodes across, and milliseconds and megabytes upward, all in powers of ten."""
    nodes = [float(str(row["nodes"])) for row in rows]
    time_ms = [float(str(row["one_layer_s"])) * 1000 for row in rows]
    memory_mb = [float(str(row["growth_bytes"])) / 1e6 for row in rows]
    time, memory = _line(nodes, time_ms, "ms", "#1069A3", ""), _line(nodes, memory_mb, "MB", "#BF6D00", "9 5")
    parts = [*_frame(), *time, *memory]
    style = "font:13px sans-serif;fill:#14191D"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" style="{style}">'
    title = "<title>One layer on grids of 10 thousand to 3 million nodes: time and growth of memory</title>"
    return "\n".join([head, title, *parts, "</svg>"]) + "\n"


def _frame() -> list[str]:
    lines = [
        f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}" fill="none" stroke="#76828B"/>'
    ]
    for power in range(4, 7):
        x = _x(10.0**power)
        lines.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{BOTTOM}" stroke="#D9DFE2"/>')
        lines.append(f'<text x="{x:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{10**power:,} nodes</text>')
    for power in range(-1, 4):
        y = _y(10.0**power)
        lines.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="#D9DFE2"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    words = "solid: nearest facility of one layer, ms; dashed: growth of memory, MB"
    lines.append(f'<text x="{LEFT}" y="{TOP - 14}">{words}</text>')
    return lines


def _line(nodes: list[float], values: list[float], name: str, colour: str, dash: str) -> list[str]:
    places = [(_x(node), _y(value)) for node, value in zip(nodes, values, strict=True)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places]
    label = f'<text x="{_x(nodes[-1]) + 8:.1f}" y="{_y(values[-1]) + 4:.1f}" fill="{colour}">{name}</text>'
    path = f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
    return [path, *dots, label]


def _x(nodes: float) -> float:
    return LEFT + (math.log10(nodes) - 3.9) / (6.6 - 3.9) * (RIGHT - LEFT)


def _y(value: float) -> float:
    return BOTTOM - (math.log10(max(value, 0.1)) + 1) / 4.2 * (BOTTOM - TOP)


if __name__ == "__main__":
    raise SystemExit(main())
