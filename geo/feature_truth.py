"""Truth that may be missing: a comparison with what is not known is neither true nor false."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Truth:
    """For each feature whether something is true and whether it is false; not known is neither. Shapes (n,)."""

    is_true: BoolArray
    is_false: BoolArray

    def negated(self) -> Truth:
        """Return the opposite; what is not known stays so."""
        return Truth(self.is_false, self.is_true)


def known(truth: BoolArray | Sequence[bool]) -> Truth:
    """Return what is known of every feature."""
    values = np.asarray(truth, dtype=bool)
    return Truth(values, ~values)


def known_where(truth: BoolArray, there: BoolArray) -> Truth:
    """Return what is known only of the features `there`."""
    return Truth(truth & there, ~truth & there)


def all_of(parts: Sequence[Truth]) -> Truth:
    """Return whether all are true: false as soon as one is false, whatever is not known of the others."""
    return reduce(lambda a, b: Truth(a.is_true & b.is_true, a.is_false | b.is_false), parts)


def any_of(parts: Sequence[Truth]) -> Truth:
    """Return whether one of them is true."""
    return reduce(lambda a, b: Truth(a.is_true | b.is_true, a.is_false & b.is_false), parts)
