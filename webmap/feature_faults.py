"""Why a feature was not saved: it does not fit its layer, it is deleted, or its place wants a second look."""

from __future__ import annotations

from collections.abc import Sequence

from geo.errors import LifecircleError, Problem
from webmap.revisions import Head


class InvalidFeatureError(LifecircleError):
    """A feature does not fit its layer, or its place wants a confirmation; `problems` has JSON pointers into it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all `problems`, at least one."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))

    @property
    def wants_confirmation(self) -> bool:
        """Return whether nothing is wrong but what somebody may confirm."""
        return all(problem.warning for problem in self.problems)


class DeletedFeatureError(LifecircleError):
    """The feature is deleted: `head` is the revision that says so, and restoring makes another of it."""

    def __init__(self, head: Head) -> None:
        """Keep the head."""
        self.head = head
        found = f"it was deleted with revision {head.revision}"
        self.problem = Problem("deleted", f"{head.layer}/{head.feature}", found, "Restore it, then change it")
        super().__init__(str(self.problem))
