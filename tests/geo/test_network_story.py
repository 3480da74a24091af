"""Two networks beside each other: whose walk differs, on which street, and which street only one of them has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.assessment import Question, assess_coverage
from geo.network_change import LayerChange, compare_networks
from geo.network_story import DIFFERS_M
from geo.street_patches import Patch, apply_patches

LAYER, RULE = "nurseries", "sh2016-15"


@pytest.fixture(scope="module")
def shut(place, catalog):
    """The place without the stretch that, taken away, makes the walks to the layer longer than any other does."""
    network = place.network
    ends = [
        tuple((float(network.lon[node]), float(network.lat[node])) for node in (u, v))
        for u, v in zip(network.edge_u.tolist(), network.edge_v.tolist(), strict=True)
    ]
    longer = {}
    for edge in np.argsort(-network.edge_length_dm)[:12].tolist():
        without, told = apply_patches(network, [Patch("shut", "close", ends[edge])])
        if told[0].applies:
            other = replace(place, network=without)
            longer[edge] = (np.nansum(np.nan_to_num(walks(other, catalog), nan=9e3)), other)
    edge = max(longer, key=lambda one: longer[one][0])
    return longer[edge][1], network.edge_name(edge)


def walks(place, catalog):
    found = assess_coverage(place, catalog, Question(LAYER, RULE, "planning"))
    return found.demand["distance_m"].to_numpy(float)


def change(before, after, catalog):
    return next(one for one in compare_networks(before, after, catalog).layers if one.layer_id == LAYER)


def test_the_street_that_only_one_network_has_is_named(place, shut, catalog):
    without, street = shut
    told = change(place, without, catalog).differences
    assert told
    worst = max(told, key=lambda one: (one.after_m or 9e3) - one.before_m)
    assert street in dict(worst.missing)
    assert not worst.is_shorter_after
    back = change(without, place, catalog).differences
    assert {one.street: one.missing for one in back} == {one.street: one.missing for one in told}
    assert all(one.is_shorter_after for one in back)


def test_every_home_whose_walk_differs_is_counted(place, shut, catalog):
    without, _ = shut
    both = [walks(one, catalog) for one in (place, without)]
    limit_m = catalog.rules[RULE].limit_m or 900
    covered = [walked <= limit_m for walked in both]
    differs = (covered[0] != covered[1]) | ~(np.abs(both[1] - both[0]) <= DIFFERS_M)
    found = change(place, without, catalog)
    streets = place.demand["street"].to_numpy()
    assert {one.street: one.points for one in found.differences} == {
        name: int((streets[differs] == name).sum()) for name in set(streets[differs])
    }
    lost, gained = (place.weights[a & ~b].sum() for a, b in (covered, covered[::-1]))
    assert found.lost == lost == sum(one.lost for one in found.differences) > 0
    assert found.gained == gained == sum(one.gained for one in found.differences)


def test_the_same_network_differs_nowhere(place, catalog):
    found = change(place, place, catalog)
    assert found.differences == ()
    assert found.tells_same


def test_points_that_stand_elsewhere_are_not_the_same_homes(place, shut, catalog):
    """Points along the streets are numbered: the same number is another point on other streets."""
    demand = place.demand.set_geometry(place.demand.geometry.iloc[::-1].to_numpy(), crs=place.demand.crs)
    found = change(place, replace(shut[0], demand=demand), catalog)
    assert found.differences == ()
    assert (found.gained, found.lost) == (0, 0)


def test_a_share_that_stays_while_people_change_sides_is_another_story():
    stays = LayerChange("a", "b", 0.5, 0.5, gained=30, lost=30, total=1000, differences=())
    assert not stays.tells_same
    assert replace(stays, gained=20, lost=20).tells_same
    assert not replace(stays, gained=0, lost=0, after=0.4).tells_same
    assert replace(stays, gained=0, lost=0, before=None).tells_same
    assert not replace(stays, gained=0, lost=0, after=None).tells_same
