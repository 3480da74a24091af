"""Query parameters, read strictly: what is unknown, repeated or not allowed is refused, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from geo.errors import LifecircleError, Problem

_SHOWN_LENGTH = 60


class QueryError(LifecircleError):
    """A query string is at fault; carries every problem, `where` names the parameter."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep all `problems`, at least one."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Choice:
    """One parameter: its allowed values (empty: any text), and its default (None: it must be given)."""

    allowed: tuple[str, ...] = ()
    default: str | None = ""


def read_query(
    query: MultiDict[str, str], choices: Mapping[str, Choice], *, ignore_unknown: bool = False
) -> dict[str, str]:
    """Return the value of every parameter in `choices`.

    Pages ignore parameters that they do not know (links from elsewhere bring their own); the API refuses them. The
    day that an answer speaks of (`at`) may be given everywhere: webmap.views.snapshot reads it.

    Raises:
        QueryError: with every unknown, repeated, missing or not allowed parameter.
    """
    problems = (
        [] if ignore_unknown else [_unknown(name, choices) for name in query if name not in choices and name != "at"]
    )
    values: dict[str, str] = {}
    for name, choice in choices.items():
        given = query.getlist(name) if name in query else []
        if given or choice.default is None:
            problem = _fault(name, given, choice)
            if problem is not None:
                problems.append(problem)
        values[name] = given[0] if given else (choice.default or "")
    if problems:
        raise QueryError(problems)
    return values


def _fault(name: str, given: list[str], choice: Choice) -> Problem | None:
    """Return what is wrong with the values `given` for one parameter, if anything is."""
    allowed = f"Allowed: {', '.join(choice.allowed)}" if choice.allowed else "Give a value"
    if len(given) > 1:
        return Problem("repeated_parameter", name, f"given {len(given)} times", "Give it once")
    if not given:
        return None if choice.default is not None else Problem("missing_parameter", name, "not given", allowed)
    if (choice.allowed and given[0] not in choice.allowed) or (choice.default is None and not given[0]):
        return Problem("bad_value", name, f"found {_shown(given[0])}", allowed)
    return None


def _unknown(name: str, choices: Mapping[str, Choice]) -> Problem:
    """Return the problem of a parameter that this address does not have."""
    known = ", ".join(choices) or "none"
    return Problem("unknown_parameter", _shown(name)[1:-1], "this address has no such parameter", f"Known: {known}")


def _shown(text: str) -> str:
    """Return `text` short enough and plain enough to be shown back."""
    short = text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"
    return ascii(short) if not short.isprintable() else f"{short!r}"
