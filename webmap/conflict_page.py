"""The page on which somebody decides what stands where two have changed the same part of a feature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template

from geo.catalog_model import Layer
from webmap.feature_edits import Desk
from webmap.feature_merge import POSITION, parts_of
from webmap.feature_page import work_context
from webmap.merged_edits import ClashError, Side
from webmap.staff_desk import staff_names
from webmap.staff_words import metres_apart, part_name, part_value


@dataclass(frozen=True, slots=True)
class Clash:
    """One part in three versions, in words; `chosen` is what was chosen for it, empty where nothing was."""

    name: str
    label: str
    base: str
    theirs: str
    mine: str
    chosen: str = ""


def conflict_page(desk: Desk, layer: Layer, clash: ClashError, why: str, state: str) -> str:
    """Return the page; what I wrote travels in it, so that nothing is lost however often they save."""
    with desk.store.reading() as connection:
        names = staff_names(connection)
    newest = clash.between[0]
    known = clash.wish.choices if clash.wish.seen == newest.revision else {}
    theirs = clash.theirs
    moved_m = metres_apart(theirs["geometry"], clash.mine["geometry"])
    return render_template(
        "staff_conflict.html",
        layer=layer,
        feature=clash.mine["id"],
        name=theirs["properties"]["name"],
        newest=newest,
        others=sorted({names.get(one.who, one.who) for one in clash.between}),
        names=names,
        made_from=clash.wish.made_from,
        mine_json=json.dumps(clash.mine, ensure_ascii=False),
        clashes=[_clash(layer, clash, part, known) for part in clash.merged.clashes],
        left=len([part for part in clash.merged.clashes if part not in known]),
        merged=[_clash(layer, clash, part, {}) for part in (*clash.merged.theirs, *clash.merged.mine)],
        only_theirs=clash.merged.theirs,
        apart_m=moved_m if POSITION in clash.merged.clashes and moved_m else None,
        statuses=tuple(str(body["properties"]["location_status"]) for body in (theirs, clash.mine)),
        why=why,
        state=state,
        section="staff",
        staff_section="work",
        **work_context(desk),
    )


def _clash(layer: Layer, clash: ClashError, part: str, choices: Mapping[str, Side]) -> Clash:
    base, theirs, mine = (parts_of(body) if body else {} for body in (clash.base, clash.theirs, clash.mine))
    return Clash(
        name=part,
        label=part_name(layer, part),
        base=part_value(part, base.get(part)),
        theirs=part_value(part, theirs.get(part)),
        mine=part_value(part, mine.get(part)),
        chosen=choices.get(part, ""),
    )
