"""Measuring side by side: everything in one run, in turn, and ratios taken round by round."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Seconds of one subject over the rounds of one comparison."""

    workload: str
    network: str
    subject: str
    median_s: float
    low_s: float
    high_s: float
    ratio: float | None
    note: str = ""

    def row(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Subject:
    """Something to be timed; `share` is the part of the work it does, where a peer is too slow to do all of it."""

    name: str
    run: Callable[[], object]
    share: float = 1.0
    note: str = ""


def side_by_side(workload: str, network: str, subjects: list[Subject], rounds: int) -> list[Timing]:
    """Time the subjects in turn, `rounds` times; the first subject is ours and every ratio is to it.

    A ratio is the median over the rounds of (peer / ours), so that what disturbs one round disturbs both of its sides.
    """
    for subject in subjects:
        subject.run()
    seconds: dict[str, list[float]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            begun = time.perf_counter()
            subject.run()
            seconds[subject.name].append((time.perf_counter() - begun) / subject.share)
    ours = seconds[subjects[0].name]
    return [_timing(workload, network, subject, seconds[subject.name], ours) for subject in subjects]


def _timing(workload: str, network: str, subject: Subject, mine: list[float], ours: list[float]) -> Timing:
    ordered = sorted(mine)
    quarter = len(ordered) // 4
    ratio = statistics.median(peer / own for peer, own in zip(mine, ours, strict=True))
    note = subject.note or (f"timed on {subject.share:.1%} of the work" if subject.share < 1 else "")
    return Timing(
        workload,
        network,
        subject.name,
        statistics.median(mine),
        ordered[quarter],
        ordered[-1 - quarter],
        None if mine is ours else ratio,
        note,
    )


def as_table(timings: list[Timing]) -> str:
    """Return the timings as a Markdown table."""
    lines = [
        "| workload | network | subject | median | middle half | peer / ours | note |",
        "|---|---|---|---:|---:|---:|---|",
    ]
    for timing in timings:
        ratio = "" if timing.ratio is None else f"{timing.ratio:.2f}"
        spread = f"{_text(timing.low_s)} to {_text(timing.high_s)}"
        lines.append(
            f"| {timing.workload} | {timing.network} | {timing.subject} | {_text(timing.median_s)} | {spread} "
            f"| {ratio} | {timing.note} |"
        )
    return "\n".join(lines)


def _text(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"
