"""OpenStreetMap extracts (.osm, .osm.pbf and their compressed forms) to walkable streets.

What is walkable follows the wiki's tags: `highway`, `foot`, `access`, `sidewalk`, `service`, `oneway:foot`, and gates
on nodes. Streets join only where they share a node, so a bridge does not meet the road below it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import osmium

from geo.errors import DataError
from geo.streets import (
    CROSSING,
    SIGNAL_CROSSING,
    STEP_FREE_NO,
    STEP_FREE_UNKNOWN,
    STEP_FREE_YES,
    Gate,
    SourceFile,
    Streets,
    StreetsBuilder,
    Way,
)

OSM_LICENCE = "© OpenStreetMap contributors (ODbL)"

_ROADS = ("trunk", "primary", "secondary", "tertiary")
WALKABLE_HIGHWAYS = frozenset(
    {
        *_ROADS,
        *(f"{road}_link" for road in _ROADS),
        *("unclassified", "residential", "living_street", "service", "pedestrian", "footway", "path", "steps"),
        *("track", "corridor", "cycleway", "bridleway", "road"),
    }
)
_NEVER = frozenset(["construction", "proposed"])
_FOOT_OPENS = frozenset(["yes", "designated"])
_FOOT_ADMITS = _FOOT_OPENS | {"permissive", "destination"}
_FOOT_SHUTS = frozenset(["no", "use_sidepath", "private"])
_SHUT = frozenset(["no", "private"])
_GATES = frozenset(["gate", "lift_gate", "swing_gate", "turnstile"])
_SERVICE_ON_REQUEST = frozenset(["parking_aisle", "drive-through"])
_STEEPEST_STEP_FREE_PERCENT = 8.0
_DEGREE_TO_PERCENT = 1.7455

Tags = Mapping[str, str]


@dataclass(frozen=True)
class OsmOptions:
    """What to read beyond the rules: `parking_aisles` admits aisles of car parks and drive-throughs."""

    parking_aisles: bool = False


def is_walkable(tags: Tags, options: OsmOptions | None = None) -> bool:
    """Tell whether a way with these tags may be walked."""
    highway, foot = tags.get("highway", ""), tags.get("foot", "")
    if not highway or highway in _NEVER or foot in _FOOT_SHUTS:
        return False
    if foot in _FOOT_OPENS:
        return True
    if tags.get("access") in _SHUT and foot not in _FOOT_ADMITS:
        return False
    return highway in WALKABLE_HIGHWAYS and not _is_left_out(highway, tags, options or OsmOptions())


def _is_left_out(highway: str, tags: Tags, options: OsmOptions) -> bool:
    if highway.startswith("trunk") and tags.get("sidewalk") in ("no", "none"):
        return True
    return tags.get("service") in _SERVICE_ON_REQUEST and not options.parking_aisles


def walking_directions(tags: Tags) -> tuple[bool, bool]:
    """Return whether a way may be walked forward and backward; `oneway` without `:foot` binds vehicles only."""
    oneway = tags.get("oneway:foot", "no")
    forward = oneway not in ("-1", "reverse") and tags.get("foot:forward") != "no"
    backward = oneway not in ("yes", "true", "1") and tags.get("foot:backward") != "no"
    return forward, backward


def step_free_state(tags: Tags) -> int:
    """Return STEP_FREE_NO, _YES or _UNKNOWN; silence is unknown and never taken for step-free."""
    wheelchair, incline = tags.get("wheelchair", ""), _incline_percent(tags.get("incline", ""))
    if tags.get("highway") == "steps" or wheelchair == "no" or (incline or 0.0) > _STEEPEST_STEP_FREE_PERCENT:
        return STEP_FREE_NO
    return STEP_FREE_YES if wheelchair in ("yes", "designated") else STEP_FREE_UNKNOWN


def _incline_percent(text: str) -> float | None:
    match = re.fullmatch(r"[+-]?(\d+(?:\.\d+)?)\s*(%|°)", text.strip())
    if not match:
        return 100.0 if text.strip() == "steep" else None
    return float(match[1]) * (_DEGREE_TO_PERCENT if match[2] == "°" else 1.0)


def gate_state(tags: Tags) -> tuple[bool, str] | None:
    """Return (shut to the public, opening hours as written) of a node's gate, or None where no gate stands."""
    if tags.get("barrier") not in _GATES:
        return None
    foot = tags.get("foot", "")
    shut = foot not in _FOOT_ADMITS and (tags.get("access") in _SHUT or foot in _SHUT)
    return shut, tags.get("opening_hours", "")


def crossing_kind(tags: Tags) -> int:
    """Return 0, CROSSING or SIGNAL_CROSSING for a node's tags."""
    if tags.get("highway") == "traffic_signals" or tags.get("crossing") == "traffic_signals":
        return SIGNAL_CROSSING
    return CROSSING if tags.get("highway") == "crossing" else 0


def read_osm(path: Path, options: OsmOptions | None = None) -> Streets:
    """Read the walkable streets of an OpenStreetMap extract.

    Raises:
        DataError: The file is no OpenStreetMap extract, is damaged, or has no walkable way.
    """
    builder, gates, crossings = StreetsBuilder(), {}, {}
    try:
        for entity in _entities(path):
            tags = {tag.k: tag.v for tag in entity.tags}
            if isinstance(entity, osmium.osm.Way):
                _read_way(builder, entity, tags, options or OsmOptions())
            elif (state := gate_state(tags)) is not None:
                gates[int(entity.id)] = state
            elif kind := crossing_kind(tags):
                crossings[int(entity.id)] = kind
    except (RuntimeError, ValueError, OSError) as error:
        raise _unreadable(path, str(error)) from error
    placed = [(node, kind) for key, kind in sorted(crossings.items()) if (node := builder.find(key)) is not None]
    streets = builder.build(_placed_gates(builder, gates), [SourceFile.of(path, OSM_LICENCE)], placed)
    if not len(streets.segment_u):
        raise _no_walkable_way(path)
    return streets


def _entities(path: Path) -> osmium.FileProcessor:
    return (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("highway", "barrier"))
    )


def _read_way(builder: StreetsBuilder, way: osmium.osm.Way, tags: Tags, options: OsmOptions) -> None:
    if not is_walkable(tags, options):
        return
    forward, backward = walking_directions(tags)
    if not (forward or backward):
        return
    known = Way(
        int(way.id), tags.get("name", ""), tags["highway"], forward, backward, step_free_state(tags), float("nan")
    )
    for run in _located_runs(builder, way):
        builder.way(known, run)


def _located_runs(builder: StreetsBuilder, way: osmium.osm.Way) -> list[list[int]]:
    """Return the way's nodes as index runs; where the extract cut a node away the way is cut too."""
    runs: list[list[int]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append(builder.node(node.ref, node.ref, node.lon, node.lat))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _placed_gates(builder: StreetsBuilder, gates: Mapping[int, tuple[bool, str]]) -> list[Gate]:
    placed = ((builder.find(node_id), shut, hours) for node_id, (shut, hours) in sorted(gates.items()))
    return [Gate(node, hours, shut) for node, shut, hours in placed if node is not None]


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError.single(
        "extract_unreadable",
        str(path),
        f"not a readable OpenStreetMap extract ({reason})",
        "Bring an .osm or .osm.pbf file as a download service gives it.",
    )


def _no_walkable_way(path: Path) -> DataError:
    return DataError.single(
        "no_walkable_way",
        str(path),
        "no way in this extract may be walked",
        "Check that the extract holds ways with a highway tag, and covers the place you mean.",
    )
