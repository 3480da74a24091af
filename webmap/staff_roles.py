"""Who staff are and what a role may do; nothing here knows of requests or of the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "planner", "editor", "reviewer", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
EVERY = "*"
"""In a scope: every layer, every subdistrict, those to come too."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One person with an account.

    `login` is what they type and what the history keeps, never given to another; `name` is what pages show. An editor
    edits the named `layers` of the named `subdistricts` only (`*`: every one); reviewers and administrators edit all.
    `must_change` tells that the password is a one-time one, and nothing else may be done before it is changed.
    """

    id: str
    login: str
    name: str
    role: Role
    layers: tuple[str, ...] = ()
    subdistricts: tuple[str, ...] = ()
    must_change: bool = False

    def includes(self, role: Role) -> bool:
        """Return whether this person may do what `role` may: each role includes those before it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def may_edit(self, layer: str, subdistrict: str) -> bool:
        """Return whether this person may change features of `layer` in `subdistrict`."""
        if self.includes("reviewer"):
            return True
        named = _holds(self.layers, layer) and _holds(self.subdistricts, subdistrict)
        return self.role == "editor" and named

    @property
    def may_publish(self) -> bool:
        """Return whether what this person saves may be published at once."""
        return self.includes("reviewer")


def _holds(scope: tuple[str, ...], name: str) -> bool:
    """Return whether a scope names `name`, or everything."""
    return EVERY in scope or name in scope
