"""How much of the streets lies inside an area: whole edges are told apart once, only those that cross it are cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.circles import told_apart
from geo.graph import BoolArray, FloatArray, Int64Array
from geo.network import WalkNetwork, ranges
from geo.prepared import prepared_copy
from geo.service_area import EdgeParts


@dataclass(frozen=True, eq=False)
class StreetsInside:
    """Which stretches of a network's edges lie inside an area.

    Attributes:
        is_whole: Whether an edge lies wholly inside, bool (m,).
        is_crossing: Whether it lies inside in part, bool (m,).
        first: The first stretch of each edge that crosses, by the edge's number; int64 (m + 1,).
        from_share: Where each stretch begins, as a share of its edge from u, float64 (s,).
        to_share: Where it ends.
    """

    network: WalkNetwork
    is_whole: BoolArray
    is_crossing: BoolArray
    first: Int64Array
    from_share: FloatArray
    to_share: FloatArray

    def length_m(self, parts: EdgeParts) -> float:
        """Return the length of the parts inside the area, metres."""
        whole = float(parts.length_m[self.is_whole[parts.edge]].sum())
        cut = np.flatnonzero(self.is_crossing[parts.edge])
        edge = parts.edge[cut]
        stretch = ranges(self.first[edge], self.first[edge + 1])
        of_part = np.repeat(cut, self.first[edge + 1] - self.first[edge])
        length_dm = self.network.edge_length_dm[parts.edge[of_part]]
        begin = np.maximum(parts.from_dm[of_part], self.from_share[stretch] * length_dm)
        end = np.minimum(parts.to_dm[of_part], self.to_share[stretch] * length_dm)
        return whole + float(np.maximum(end - begin, 0.0).sum()) / 10.0


def streets_inside(network: WalkNetwork, area_xy: BaseGeometry) -> StreetsInside:
    """Return which edges of a network lie inside an area, in the network's projection."""
    return _held_against(area_xy, network, np.ones(network.edge_count, dtype=bool))


def streets_in_circles(
    network: WalkNetwork, promised_xy: BaseGeometry, circles: tuple[FloatArray, FloatArray], around: StreetsInside
) -> StreetsInside:
    """Return which edges lie inside what circles promise of an area; only those near a rim or an edge are cut.

    Args:
        network: The walking network.
        promised_xy: What `geo.circles.circles_within` gives.
        circles: Centres (f, 2) and radius (f,) of the circles, metres.
        around: The answer for the whole area.
    """
    in_one, in_none = told_apart(*circles, np.column_stack(network.xy), (network.edge_u, network.edge_v))
    sure = around.is_whole & in_one
    found = _held_against(promised_xy, network, (around.is_whole | around.is_crossing) & ~sure & ~in_none)
    return replace(found, is_whole=found.is_whole | sure)


def _held_against(area_xy: BaseGeometry, network: WalkNetwork, doubtful: BoolArray) -> StreetsInside:
    """Return which of the `doubtful` edges, bool (m,), lie inside an area; the others are said to be outside."""
    chosen = np.flatnonzero(doubtful)
    lines = np.asarray(shapely.linestrings(network.edge_ends_xy()[chosen])).reshape(-1)
    area = prepared_copy(area_xy)
    is_inside = shapely.contains(area, lines)
    cut = np.flatnonzero(shapely.intersects(area, lines) & ~is_inside)
    is_whole, is_crossing = np.zeros((2, network.edge_count), dtype=bool)
    is_whole[chosen[is_inside]], is_crossing[chosen[cut]] = True, True
    stretches, of_cut = shapely.get_parts(shapely.intersection(lines[cut], area_xy), return_index=True)
    is_line = shapely.length(stretches) > 0
    stretches, owner = stretches[is_line], cut[of_cut[is_line]]
    first = np.searchsorted(chosen[owner], np.arange(network.edge_count + 1)).astype(np.int64)
    ends = (shapely.get_point(stretches, end) for end in (0, -1))
    shares = [shapely.line_locate_point(lines[owner], end, normalized=True) for end in ends]
    return StreetsInside(network, is_whole, is_crossing, first, np.minimum(*shares), np.maximum(*shares))


def whole_edges(network: WalkNetwork) -> EdgeParts:
    """Return every edge of a network as one part."""
    edges = np.arange(network.edge_count, dtype=np.int32)
    return EdgeParts(edges, np.zeros(len(edges)), network.edge_length_dm.astype(np.float64))
