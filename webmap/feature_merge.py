"""Two people's changes to one feature: what goes together, and what somebody must choose.

A feature is compared in parts: each property is one, and place, location status and accuracy together are one, because
an accuracy means nothing beside somebody else's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webmap.revisions import Feature

POSITION = "position"
_OF_POSITION = ("location_status", "accuracy_m")

Parts = Mapping[str, Any]
"""The parts of a feature by name; a property that is not known is not there."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of each part that one of two has changed.

    Attributes:
        clashes: Changed by both, and not alike: somebody must choose.
        theirs: Changed only by them.
        mine: Changed only by me, or by both alike.
        body: The feature with everything that goes together; in clashes it is as they left it.
    """

    clashes: tuple[str, ...]
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    body: Feature


def parts_of(body: Feature) -> dict[str, Any]:
    """Return a feature in parts."""
    properties = body["properties"]
    position = {"geometry": body["geometry"]}
    position |= {name: properties[name] for name in _OF_POSITION if name in properties}
    return {POSITION: position} | {name: value for name, value in properties.items() if name not in _OF_POSITION}


def body_of(feature: str, parts: Parts) -> dict[str, Any]:
    """Return the feature that `parts` make."""
    position = parts[POSITION]
    plain = {name: value for name, value in parts.items() if name != POSITION}
    known = {name: position[name] for name in _OF_POSITION if name in position}
    return {"type": "Feature", "id": feature, "geometry": position["geometry"], "properties": plain | known}


def changed_parts(before: Feature | None, after: Feature | None) -> tuple[str, ...]:
    """Return the names of the parts in which two bodies differ (None: the feature is not there), place first."""
    old, new = ({} if body is None else parts_of(body) for body in (before, after))
    names = sorted(old.keys() | new.keys(), key=lambda name: (name != POSITION, name))
    return tuple(name for name in names if old.get(name) != new.get(name))


def merge(base: Feature, theirs: Feature, mine: Feature) -> Merge:
    """Return what becomes of my change of `base` when `theirs` stands by now."""
    old, his, own = parts_of(base), parts_of(theirs), parts_of(mine)
    changed_by_them = set(changed_parts(base, theirs))
    changed_by_me = set(changed_parts(base, mine))
    both = changed_by_them & changed_by_me
    clashes = {name for name in both if his.get(name) != own.get(name)}
    taken = _chosen(own, his, changed_by_me - clashes)
    names = sorted(old.keys() | his.keys() | own.keys(), key=lambda name: (name != POSITION, name))
    return Merge(
        clashes=tuple(name for name in names if name in clashes),
        theirs=tuple(name for name in names if name in changed_by_them - both),
        mine=tuple(name for name in names if name in changed_by_me - clashes),
        body=body_of(str(mine["id"]), taken),
    )


def with_choices(merged: Merge, mine: Feature, chosen_mine: Iterable[str]) -> dict[str, Any]:
    """Return a merged feature in which the clashes of `chosen_mine` are as I wrote them."""
    wanted = set(chosen_mine) & set(merged.clashes)
    return body_of(str(mine["id"]), _chosen(parts_of(mine), parts_of(merged.body), wanted))


def _chosen(own: Parts, others: Parts, mine: set[str]) -> dict[str, Any]:
    """Return the parts of `others` with mine for the names in `mine`; a part that I took away goes."""
    kept = {name: value for name, value in others.items() if name not in mine}
    return kept | {name: own[name] for name in mine if name in own}
