"""What can go wrong, in words: where it is, what was found, what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One fault in data that somebody brought.

    `code` is stable and names the kind of fault (tests and translations go by it), `where` is a JSON pointer,
    a row or a file, `found` what stands there, `remedy` what to do. `warning` marks what is told but not refused.
    """

    code: str
    where: str
    found: str
    remedy: str
    warning: bool = False
    figures: dict[str, float | int | str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the fault as one line for a terminal."""
        return f"{self.where or '(whole file)'}: {self.found}. {self.remedy}"


class LifecircleError(Exception):
    """Base of every error that Lifecircle raises on purpose; its text is fit to show to a person."""


class DataError(LifecircleError):
    """Data is at fault; carries every problem that was found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all `problems` (at least one) and make their lines the error's text."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(cls, code: str, where: str, found: str, remedy: str) -> DataError:
        """Return the error for one fault."""
        return cls([Problem(code, where, found, remedy)])


class RequestError(LifecircleError):
    """A request or command is at fault: an unknown name, a bad parameter."""

    def __init__(self, code: str, where: str, found: str, remedy: str) -> None:
        """Keep the parts of the message; `where` names the parameter."""
        self.problem = Problem(code, where, found, remedy)
        super().__init__(str(self.problem))


class NotFoundError(RequestError):
    """A name in a request belongs to nothing: unknown subdistrict, layer or feature."""
