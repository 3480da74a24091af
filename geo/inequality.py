"""How evenly something is shared: the Lorenz curve, the Gini coefficient, and the tenth that has it worst."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.graph import FloatArray, Int64Array


@dataclass(frozen=True, eq=False)
class Lorenz:
    """A Lorenz curve: the share of the whole that the lowest shares of people hold.

    Attributes:
        people: Cumulative shares of people from 0 to 1, ascending by what each holds.
        held: Cumulative shares of what they hold.
        gini: 0 where all hold the same, towards 1 where few hold it all.
    """

    people: FloatArray
    held: FloatArray
    gini: float


def lorenz(values: FloatArray, people: FloatArray) -> Lorenz | None:
    """Return the Lorenz curve of `values` (0 or more, one a person) over `people`; None where there is nothing.

    The Gini coefficient is 1 less twice the area below the curve, by trapezoids, which is exact for groups of equals.

    Args:
        values: What each of a group's people has, float64 (n,); NaN leaves the group out.
        people: People of each group, float64 (n,).
    """
    known = np.isfinite(values) & (people > 0)
    order = np.argsort(values[known], kind="stable")
    count, each = people[known][order], values[known][order]
    whole = float((count * each).sum())
    if not whole > 0:
        return None
    shares = np.concatenate([[0.0], np.cumsum(count) / count.sum()])
    held = np.concatenate([[0.0], np.cumsum(count * each) / whole])
    area = float(np.sum(np.diff(shares) * (held[1:] + held[:-1]) / 2))
    return Lorenz(shares, held, max(1.0 - 2.0 * area, 0.0))


def worst_served(distance_m: FloatArray, people: FloatArray, share: float = 0.1) -> tuple[Int64Array, FloatArray]:
    """Return the groups that make up the worst-served share of all people, and how many of each.

    Who cannot reach anything (NaN) comes first, then the longest walks; the last group counts in part.
    """
    far = np.where(np.isfinite(distance_m), distance_m, np.inf)
    order = np.lexsort((np.arange(len(far)), -far))
    order = order[people[order] > 0]
    wanted = share * float(people.sum())
    before = np.cumsum(people[order]) - people[order]
    part = np.clip(wanted - before, 0.0, people[order])
    taken = part > 0
    return order[taken].astype(np.int64), part[taken]
