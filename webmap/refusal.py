"""A request that is refused for who sends it or how, and not for what it asks."""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import LifecircleError, Problem


class RefusedError(LifecircleError):
    """The request is refused with `status` (400, 401, 403, 411, 413, 415, 428, 429) and perhaps more `headers`."""

    def __init__(self, status: int, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        """Keep what is answered."""
        self.status = status
        self.problem = problem
        self.headers = dict(headers or {})
        super().__init__(str(problem))
