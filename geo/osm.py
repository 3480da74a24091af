"""OpenStreetMap's tags to walkable streets, and extracts (.osm, .osm.pbf and their compressed forms) to read them from.

What is walkable follows the wiki's tags: `highway`, `foot`, `access`, `sidewalk`, `service`, `oneway:foot`, and gates
on nodes. Streets join only where they share a node, so a bridge does not meet the road below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
_PER_DEGREE = 10_000_000  # an extract keeps whole ten-millionths of a degree

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


def passing_level(tags: Tags) -> int:
    """Return the height at which a way passes others: its `layer`, otherwise 1 for a bridge and -1 for a tunnel."""
    if re.fullmatch(r"[+-]?\d{1,2}", stated := tags.get("layer", "").strip()):
        return int(stated)
    if tags.get("bridge", "no") != "no":
        return 1
    return -1 if tags.get("tunnel", "no") != "no" else 0


def walkable_way(
    source_id: int, tags: Tags, options: OsmOptions | None = None, accuracy_m: float = float("nan")
) -> Way | None:
    """Return what the tags tell of a way, or None where nobody may walk it in either direction."""
    forward, backward = walking_directions(tags)
    if not is_walkable(tags, options) or not (forward or backward):
        return None
    return Way(
        source_id,
        tags.get("name", ""),
        tags["highway"],
        forward,
        backward,
        step_free_state(tags),
        accuracy_m,
        passing_level(tags),
        tags.get("name:en", "") or tags.get("name_en", ""),
    )


class NodeFacts:
    """What the tags of nodes tell: gates and crossings by the node's id, until it is known which nodes are walked."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._gates: dict[int, tuple[bool, str]] = {}
        self._crossings: dict[int, int] = {}

    def note(self, node_id: int, tags: Tags) -> None:
        """Remember what the tags of one node tell, if anything."""
        if (state := gate_state(tags)) is not None:
            self._gates[node_id] = state
        elif kind := crossing_kind(tags):
            self._crossings[node_id] = kind

    def build(self, builder: StreetsBuilder, path: Path) -> Streets:
        """Return the collected streets with their gates and crossings; DataError where nothing may be walked."""
        gates = [
            Gate(node, hours, shut)
            for node_id, (shut, hours) in sorted(self._gates.items())
            if (node := builder.find(node_id)) is not None
        ]
        crossings = [
            (node, kind) for key, kind in sorted(self._crossings.items()) if (node := builder.find(key)) is not None
        ]
        streets = builder.build(gates, [SourceFile.of(path, OSM_LICENCE)], crossings)
        if not len(streets.segment_u):
            raise _no_walkable_way(path)
        return streets


def add_way(builder: StreetsBuilder, way: Way, nodes: Iterable[tuple[int, float, float] | None]) -> None:
    """Add a way through nodes (id, longitude, latitude); None stands for a node that was cut away, and cuts the way."""
    runs: list[list[int]] = [[]]
    for node in nodes:
        if node is not None:
            runs[-1].append(builder.node(node[0], *node))
        elif runs[-1]:
            runs.append([])
    for run in runs:
        if len(run) > 1:
            builder.way(way, run)


def read_osm(path: Path, options: OsmOptions | None = None) -> Streets:
    """Read the walkable streets of an OpenStreetMap extract.

    Raises:
        DataError: The file is no OpenStreetMap extract, is damaged, or has no walkable way.
    """
    builder, facts = StreetsBuilder(), NodeFacts()
    try:
        for entity in _entities(path):
            tags = {tag.k: tag.v for tag in entity.tags}
            if not isinstance(entity, osmium.osm.Way):
                facts.note(int(entity.id), tags)
            elif (way := walkable_way(int(entity.id), tags, options)) is not None:
                add_way(builder, way, (_located(node) for node in entity.nodes))
    except (RuntimeError, ValueError, OSError) as error:
        raise _unreadable(path, str(error)) from error
    return facts.build(builder, path)


def _entities(path: Path) -> osmium.FileProcessor:
    return (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("highway", "barrier"))
    )


def _located(node: osmium.osm.NodeRef) -> tuple[int, float, float] | None:
    location = node.location
    return (node.ref, location.x / _PER_DEGREE, location.y / _PER_DEGREE) if location.valid() else None


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
