"""Service areas: the parts of streets from which a facility can be reached, as lines and as a band along them.

On every edge the walking distance to the nearest facility rises by one decimetre for each decimetre walked away from
it, so an edge falls into runs along which it rises or falls. Cutting the runs where a budget ends is exact; the band
drawn round them is a picture and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo import stroke_kernels
from geo.access import NodeDistances
from geo.network import BoolArray, FloatArray, Int32Array, WalkNetwork
from geo.snapping import Snaps
from geo.walk import UNLIMITED_DM, Walk, directions

BAND_HALF_WIDTH_M = 25.0
_QUARTER_CIRCLE_PARTS = 2
_NO_LENGTH_M = 1e-9
_FAR = float("inf")


@dataclass(frozen=True)
class Runs:
    """Stretches of edges along which the distance to the nearest facility rises or falls steadily.

    Attributes:
        edge: Edge of each run, int32 (r,).
        low_dm: Where it begins, from the edge's u, float64 (r,).
        high_dm: Where it ends, at or beyond `low_dm`.
        nearest_dm: Distance at its nearer end; infinite where no facility can be reached.
        rising: Whether the distance rises from `low_dm` to `high_dm`.
    """

    edge: Int32Array
    low_dm: FloatArray
    high_dm: FloatArray
    nearest_dm: FloatArray
    rising: BoolArray


@dataclass(frozen=True)
class EdgeParts:
    """Parts of edges: edge number and the part's beginning and end from u in dm."""

    edge: Int32Array
    from_dm: FloatArray
    to_dm: FloatArray

    @property
    def length_m(self) -> FloatArray:
        """Length of each part in metres."""
        return (self.to_dm - self.from_dm) / 10.0


def distance_runs(
    network: WalkNetwork,
    nodes: NodeDistances,
    facilities: Snaps,
    walk: Walk | None = None,
    edges: npt.NDArray[np.int64] | None = None,
) -> Runs:
    """Return edges as runs of walking distance to the nearest facility.

    Args:
        network: The walking network.
        nodes: Distances from the nodes to the same facilities, without a limit below what will be cut.
        facilities: Facilities on edges.
        walk: The same walk that `nodes` was computed for.
        edges: The edges wanted, ascending and with every facility's edge among them; all where None.
    """
    walk = walk or Walk()
    pieces = _pieces(network, nodes, facilities, walk, np.arange(network.edge_count) if edges is None else edges)
    length = pieces[:, 2] - pieces[:, 1]
    near, far = pieces[:, 3], pieces[:, 4]
    with np.errstate(invalid="ignore"):
        meet = np.clip((length + far - near) / 2, 0.0, length)
    meet = np.where(np.isinf(near), 0.0, np.where(np.isinf(far), length, meet))
    edge, middle = pieces[:, 0].astype(np.int32), pieces[:, 1] + meet
    return Runs(
        np.concatenate([edge, edge]),
        np.concatenate([pieces[:, 1], middle]),
        np.concatenate([middle, pieces[:, 2]]),
        np.concatenate([near, far]),
        np.repeat([True, False], len(edge)),
    )


def _pieces(
    network: WalkNetwork, nodes: NodeDistances, facilities: Snaps, walk: Walk, edges: npt.NDArray[np.int64]
) -> FloatArray:
    """Return rows edge, from, to, distance through the from end, distance through the to end."""
    forward, backward = (way[edges] for way in directions(network, walk))
    through_u = np.where(backward, _left_distance(nodes, network.edge_u[edges], walk), _FAR)
    through_v = np.where(forward, _left_distance(nodes, network.edge_v[edges], walk), _FAR)
    length = network.edge_length_dm[edges].astype(np.float64)
    pieces = np.column_stack([edges, np.zeros(len(length)), length, through_u, through_v])
    on = np.flatnonzero((facilities.edge >= 0) & (facilities.access_m <= walk.max_access_m))
    if not len(on):
        return pieces
    row = np.unique(np.searchsorted(edges, facilities.edge[on]))
    split = _split_edges(pieces[row], facilities.take(on), forward[row], backward[row])
    return np.concatenate([np.delete(pieces, row, axis=0), split])


def _left_distance(nodes: NodeDistances, ends: Int32Array, walk: Walk) -> FloatArray:
    """Return the distance in dm from edge ends onward, with the first half of waiting there; infinite where none."""
    distance_dm = nodes.distance_dm[ends]
    wait_dm = 0 if walk.half_wait_dm is None else walk.half_wait_dm[ends]
    return np.where(distance_dm < 0, _FAR, distance_dm + wait_dm)


def _split_edges(pieces: FloatArray, facilities: Snaps, forward: BoolArray, backward: BoolArray) -> FloatArray:
    """Return the pieces of edges between their ends and the facilities on them; each edge has at least one."""
    edge, _, length, through_u, through_v = pieces.T
    whose, place, here = _places_on(edge, length, facilities)
    behind = np.where(backward[whose], _least_so_far(here - place, whose) + place, _FAR)
    ahead = np.where(forward[whose], _least_so_far((here + place)[::-1], -whose[::-1])[::-1] - place, _FAR)
    to_end = np.minimum(through_u[whose] + place, through_v[whose] + length[whose] - place)
    distance = np.minimum(np.minimum(to_end, here), np.minimum(behind, ahead))
    first = np.flatnonzero(whose[1:] == whose[:-1])
    whose, second = whose[first], first + 1
    return np.column_stack(
        [
            edge[whose],
            place[first],
            place[second],
            np.where(backward[whose], distance[first], _FAR),
            np.where(forward[whose], distance[second], _FAR),
        ]
    )


def _places_on(
    edge: FloatArray, length: FloatArray, facilities: Snaps
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Return the ends of edges and where facilities are, ascending on each edge, every place once.

    Returns:
        The row of each place's edge, its distance from u in dm, and the shortest access leg there, infinite at ends.
    """
    ends = np.arange(len(edge))
    whose = np.concatenate([np.searchsorted(edge, facilities.edge), ends, ends])
    place = np.concatenate([facilities.offset_dm, np.zeros(len(edge)), length])
    access = np.concatenate([facilities.access_dm, np.full(2 * len(edge), _FAR)])
    order = np.lexsort((place, whose))
    whose, place = whose[order], place[order]
    fresh = np.flatnonzero(np.append(True, (np.diff(whose) > 0) | (np.diff(place) > 0)))
    return whose[fresh], place[fresh], np.minimum.reduceat(access[order], fresh)


def _least_so_far(value: FloatArray, group: npt.NDArray[np.int64]) -> FloatArray:
    """Return the least value up to each, within its group; groups ascend, values are whole or infinite."""
    known = np.isfinite(value)
    far = 2 * int(np.abs(value[known]).max()) + 1
    # Lowered by more than values differ, a group's values are all below those of the groups before it.
    whole = np.where(known, value, far).astype(np.int64)
    lowered = np.minimum.accumulate(whole - (2 * far + 1) * group) + (2 * far + 1) * group
    return np.where(lowered == far, _FAR, lowered.astype(np.float64))


def cut_runs(runs: Runs, over_dm: float, upto_dm: float) -> EdgeParts:
    """Return the parts of edges whose distance is over `over_dm` and at most `upto_dm`.

    Parts without length are left out: they are where a budget ends exactly on a node.
    """
    length = runs.high_dm - runs.low_dm
    reach = np.clip(np.minimum(upto_dm, UNLIMITED_DM) - runs.nearest_dm, 0.0, length)
    skip = np.clip(over_dm - runs.nearest_dm, 0.0, length)
    chosen = (reach > skip) & np.isfinite(runs.nearest_dm)
    low, high, rising = runs.low_dm[chosen], runs.high_dm[chosen], runs.rising[chosen]
    skip, reach = skip[chosen], reach[chosen]
    return EdgeParts(
        runs.edge[chosen], np.where(rising, low + skip, high - reach), np.where(rising, low + reach, high - skip)
    )


def unreached_parts(runs: Runs) -> EdgeParts:
    """Return the parts of edges from which no facility can be reached at all."""
    chosen = np.isinf(runs.nearest_dm) & (runs.high_dm > runs.low_dm)
    return EdgeParts(runs.edge[chosen], runs.low_dm[chosen], runs.high_dm[chosen])


def part_lines(network: WalkNetwork, parts: EdgeParts) -> npt.NDArray[np.object_]:
    """Return the parts as LineStrings in WGS-84 degrees, in the order of `parts`."""
    return np.asarray(shapely.linestrings(part_coordinates(network, parts)))


def part_coordinates(network: WalkNetwork, parts: EdgeParts) -> FloatArray:
    """Return the two ends of each part in WGS-84 degrees, shape (p, 2, 2)."""
    return _part_ends(network, parts, network.lon, network.lat)


def part_lines_xy(network: WalkNetwork, parts: EdgeParts) -> npt.NDArray[np.object_]:
    """Return the parts as LineStrings in the network's projection, metres."""
    return np.asarray(shapely.linestrings(_part_ends(network, parts, *network.xy)))


def _part_ends(network: WalkNetwork, parts: EdgeParts, first: FloatArray, second: FloatArray) -> FloatArray:
    u, v = network.edge_u[parts.edge], network.edge_v[parts.edge]
    length = network.edge_length_dm[parts.edge].astype(np.float64)
    ends = np.empty((len(parts.edge), 2, 2))
    for side, offset in enumerate((parts.from_dm, parts.to_dm)):
        # In this form a part that ends on a node ends exactly there, so that lines meet and loops close.
        share = offset / length
        ends[:, side, 0] = (1 - share) * first[u] + share * first[v]
        ends[:, side, 1] = (1 - share) * second[u] + share * second[v]
    return ends


def reach_band(network: WalkNetwork, parts: EdgeParts, half_width_m: float = BAND_HALF_WIDTH_M) -> BaseGeometry:
    """Return the band along reached parts of streets, in the network's projection (metres); no hull is drawn."""
    strokes = shapely.MultiLineString(list(street_strokes(network, parts)))
    band: BaseGeometry = shapely.buffer(strokes, half_width_m, quad_segs=_QUARTER_CIRCLE_PARTS)
    return band


def street_strokes(network: WalkNetwork, parts: EdgeParts) -> npt.NDArray[np.object_]:
    """Return the parts joined into lines that go straight on through crossings, in the network's projection.

    Few long lines are buffered four times faster than many short ones, and are drawn with dashes that run on.
    """
    whole = join_parts(parts)
    return _strokes(network, whole, np.zeros(len(whole.edge), dtype=np.int32))[0]


def named_strokes(network: WalkNetwork, parts: EdgeParts) -> tuple[npt.NDArray[np.object_], Int32Array]:
    """Return the parts joined as `street_strokes` does, but no line beyond its street; and the name of each line.

    Names are numbers in `network.names`, shape (lines,).
    """
    whole = join_parts(parts)
    names = network.way_name[network.edge_way[whole.edge]]
    lines, part = _strokes(network, whole, names)
    return lines, names[part]


def _strokes(
    network: WalkNetwork, parts: EdgeParts, street: Int32Array
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Return lines of parts that touch on no edge twice, each of one `street`; and a part of each line."""
    if not len(parts.edge):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.int64)
    ends = _part_ends(network, parts, *network.xy)
    along = ends[:, 1] - ends[:, 0]
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), _NO_LENGTH_M)[:, None]
    partner = np.full(2 * len(ends), stroke_kernels.NONE, dtype=np.int64)
    stroke_kernels.pair_ends(*_meeting_ends(network, parts, street), along, partner)
    passed, stroke = np.empty_like(partner), np.empty_like(partner)
    count = stroke_kernels.trace_strokes(partner, passed, stroke)
    passed, stroke = passed[:count], stroke[:count]
    lines = np.asarray(shapely.linestrings(ends.reshape(-1, 2)[passed], indices=stroke))
    return lines, passed[np.flatnonzero(np.diff(stroke, prepend=-1))] // 2


def join_parts(parts: EdgeParts) -> EdgeParts:
    """Return the parts with those that touch on the same edge as one, in the order of edges."""
    order = np.lexsort((parts.from_dm, parts.edge))
    edge, begin, end = parts.edge[order], parts.from_dm[order], parts.to_dm[order]
    fresh = np.ones(len(edge), dtype=bool)
    fresh[1:] = (edge[1:] != edge[:-1]) | (begin[1:] > end[:-1])
    starts = np.flatnonzero(fresh)
    last = np.append(starts[1:], len(edge)) - 1
    return EdgeParts(edge[starts], begin[starts], end[last[: len(starts)]])


def _meeting_ends(
    network: WalkNetwork, parts: EdgeParts, street: Int32Array
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the ends of parts that lie on nodes, by node and street; an end is twice its part's number, plus its side.

    The first of the two gives where the ends begin that may be joined to each other.
    """
    number = 2 * np.arange(len(parts.edge), dtype=np.int64)
    at_u, at_v = parts.from_dm == 0, parts.to_dm == network.edge_length_dm[parts.edge]
    end = np.concatenate([number[at_u], number[at_v] + 1])
    node = np.concatenate([network.edge_u[parts.edge[at_u]], network.edge_v[parts.edge[at_v]]])
    of_street = street[end // 2]
    order = np.lexsort((end, of_street, node))
    is_other = np.diff(node[order], prepend=-1) != 0
    is_other |= np.diff(of_street[order], prepend=-1) != 0
    return np.append(np.flatnonzero(is_other), len(end)).astype(np.int64), end[order]


def to_degrees(network: WalkNetwork, shape: BaseGeometry) -> BaseGeometry:
    """Return a shape of the network's projection in WGS-84 degrees; a valid polygon stays valid.

    Rounding can make a side of a polygon touch itself where two of them nearly met in the plane.
    """
    moved: BaseGeometry = lines_to_degrees(network, np.array([shape], dtype=object))[0]
    if shapely.get_dimensions(moved) < 2 or moved.is_valid:
        return moved
    mended: BaseGeometry = shapely.make_valid(moved, method="structure", keep_collapsed=False)
    return mended


def lines_to_degrees(network: WalkNetwork, lines: npt.NDArray[np.object_]) -> npt.NDArray[Any]:
    """Return lines of the network's projection in WGS-84 degrees, all in one go."""

    def to_lonlat(xy: FloatArray) -> FloatArray:
        return np.column_stack(network.projection.to_lonlat(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(lines, to_lonlat), dtype=object)


def to_metres(network: WalkNetwork, shape: BaseGeometry) -> BaseGeometry:
    """Return a shape in WGS-84 degrees in the network's projection (metres)."""

    def to_xy(lonlat: FloatArray) -> FloatArray:
        return np.column_stack(network.projection.to_xy(lonlat[:, 0], lonlat[:, 1]))

    return shapely.transform(shape, to_xy)
