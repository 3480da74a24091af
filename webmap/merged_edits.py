"""Saving by a form: what two people changed in different parts goes together, the same part is asked about.

Only forms merge. A program that comes with an old revision gets 412, and decides for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from geo.catalog_model import Layer
from geo.errors import LifecircleError
from webmap.feature_edits import Desk, Manner, Saved, checked_body, save_feature
from webmap.feature_faults import DeletedFeatureError
from webmap.feature_merge import Merge, merge, with_choices
from webmap.revisions import ConflictError, Feature, Head, Revision, feature_revisions

Side = Literal["mine", "theirs"]
_TURNS = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to save: the feature, the revision it was made from, and what they chose where two clash.

    `choices` (by part) were made with revision `seen` before their eyes; another one is asked about again.
    """

    raw: Mapping[str, Any]
    made_from: int
    choices: Mapping[str, Side]
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class MergedSave:
    """What was saved; `theirs` are the parts that somebody else had changed meanwhile, and that were kept."""

    saved: Saved
    theirs: tuple[str, ...]


class ClashError(LifecircleError):
    """Two have changed the same part: `mine` is not stored, and nothing of it is lost."""

    def __init__(self, wish: Wish, mine: Feature, merged: Merge, between: tuple[Revision, ...]) -> None:
        """Keep both sides; `between` are the revisions that mine does not know, the newest first."""
        self.wish = wish
        self.mine = mine
        self.merged = merged
        self.between = between
        super().__init__(f"both have changed {', '.join(merged.clashes)}")

    @property
    def theirs(self) -> Feature:
        """Return the feature as it stands."""
        body = self.between[0].after
        if body is None:
            raise AssertionError("a deleted feature does not clash")
        return body

    @property
    def base(self) -> Feature | None:
        """Return the feature that both began from."""
        return self.between[-1].before


def save_merged(desk: Desk, layer: Layer, wish: Wish, manner: Manner) -> MergedSave:
    """Save a feature, together with what others have changed in other parts since.

    Raises:
        ClashError: a part that both changed is not decided yet.
        InvalidFeatureError, RefusedError, NotFoundError, DeletedFeatureError: as of `save_feature`.
    """
    mine, _ = checked_body(desk, layer, dict(wish.raw), confirmed=True)
    raw, made_from = dict(wish.raw), wish.made_from
    theirs: tuple[str, ...] = ()
    for _turn in range(_TURNS):
        try:
            return MergedSave(save_feature(desk, layer, raw, made_from, manner), theirs)
        except ConflictError as conflict:
            head = _standing(conflict)
            raw, theirs = _together(desk, wish, mine, head)
            made_from = head.revision
    return MergedSave(save_feature(desk, layer, raw, made_from, manner), theirs)


def revisions_since(desk: Desk, head: Head, made_from: int) -> tuple[Revision, ...]:
    """Return the revisions of a feature after `made_from`, the newest first."""
    with desk.store.reading() as connection:
        history = feature_revisions(connection, head.layer, head.feature)
    return tuple(one for one in history if made_from < one.revision <= head.revision)


def _together(desk: Desk, wish: Wish, mine: Feature, head: Head) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return my change upon what stands, and the parts that others had changed; ClashError where it is not decided."""
    between = revisions_since(desk, head, wish.made_from)
    base = between[-1].before if between else None
    if base is None or head.body is None:
        raise ClashError(wish, mine, merge(head.body or mine, head.body or mine, mine), between)
    merged = merge(base, head.body, mine)
    choices = wish.choices if wish.seen == head.revision else {}
    if not set(merged.clashes) <= choices.keys():
        raise ClashError(wish, mine, merged, between)
    chosen_mine = [name for name, side in choices.items() if side == "mine"]
    kept = [name for name in merged.clashes if choices[name] == "theirs"]
    return with_choices(merged, mine, chosen_mine), (*merged.theirs, *kept)


def _standing(conflict: ConflictError) -> Head:
    """Return the head that a change lost to; DeletedFeatureError where it says that the feature is deleted."""
    head = conflict.heads[0][1]
    if head is None:
        raise conflict
    if head.body is None:
        raise DeletedFeatureError(head)
    return head
