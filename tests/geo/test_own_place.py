"""What an instance brings of its own, in the analysis: additions, homes and doors, known area, points along streets."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.boundary import area_km2, read_boundary
from geo.catalog import read_catalog
from geo.catalog_additions import CatalogAdditions
from geo.doors import best_doors
from geo.errors import DataError
from geo.homes import homes_bytes, read_homes
from geo.homes_table import HomesOptions, read_homes_table
from geo.known_area import depth_m
from geo.network import empty_network
from geo.network_build import build_network, read_streets
from geo.street_demand import spread_along_streets
from geo.street_patches import Patch, apply_patches
from geo.table_formats import read_table

DATA = Path(__file__).parents[2] / "data"
SMALL = Path(__file__).parents[1] / "data" / "catalog"
OUTLINE = shapely.box(121.43, 31.23, 121.44, 31.24)
TEXT = {"zh": "文", "en": "text"}
RULE = {"limit_m": 200, "document": TEXT, "short_document": TEXT, "certainty": "low"}


def layer(**more):
    return {"name": TEXT, "question": TEXT, "family": "culture", "glyph": "新", "geometries": ["Point"], **more}


# Catalogue


def test_an_addition_says_a_tie_on_one_side_only():
    added = CatalogAdditions(layers={"mine": layer(rules=["fifteen"])}, rules={"own": {**RULE, "layers": ["mine"]}})
    catalog = read_catalog(SMALL, added)
    assert catalog.rules["fifteen"].layers == ("nurseries", "mine")
    assert catalog.layers["mine"].rules == ("fifteen", "own")
    assert catalog.layers["mine"].headline_rule == "own"
    assert catalog.content_hash != read_catalog(SMALL).content_hash


def test_an_edited_rule_leaves_the_layers_that_it_no_longer_names():
    catalog = read_catalog(SMALL, CatalogAdditions(rules={"fifteen": {**RULE, "layers": ["assembly_places"]}}))
    assert catalog.layers["nurseries"].rules == ("five-hundred",)
    assert catalog.layers["nurseries"].headline_rule == "five-hundred"
    assert catalog.layers["assembly_places"].headline_rule == "fifteen"
    assert catalog.rules["fifteen"].limit_m == 200


def test_nothing_added_is_the_catalogue_itself():
    assert read_catalog(DATA, CatalogAdditions()) == read_catalog(DATA)


# Boundary


def table(features, name="f.geojson"):
    return read_table(json.dumps({"type": "FeatureCollection", "features": features}).encode(), name)


def outline_feature(name, shift=0.0):
    ring = [[lon + shift, lat] for lon, lat in OUTLINE.exterior.coords]
    return {"type": "Feature", "properties": {"n": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_the_meant_outline_is_read_in_its_datum():
    both = table([outline_feature("甲"), outline_feature("乙", 0.02)])
    found = read_boundary(both, "f", "gcj02", "乙")
    moved_m = (found.centroid.x - OUTLINE.centroid.x - 0.02) * 95_000
    assert -600 < moved_m < -300  # GCJ-02 lies east of WGS-84 here
    assert area_km2(found) == pytest.approx(area_km2(OUTLINE), rel=1e-2)
    with pytest.raises(DataError, match="--feature"):
        read_boundary(both, "f", "wgs84", None)


# Homes and doors


def homes(text, **more):
    chosen = HomesOptions(kind="compounds", unit="people", outline=OUTLINE, datum="wgs84", **more)
    return read_homes_table(read_table(text.encode(), "homes.csv"), "homes.csv", chosen)


SHEET = 'id,name,households,lon,lat,gates,age_60_plus\na,甲,100,121.435,31.235,"121.434,31.235;121.436,31.235",60\n'


def test_homes_are_kept_and_read_as_they_were(tmp_path):
    found = homes(SHEET + "b,乙,50,121.437,31.236,,0\n", household_people=2.5).homes
    assert found.total("people") == 375
    raw, digest = homes_bytes(found)
    (tmp_path / "kept").write_bytes(raw)
    groups = [{"id": one.id, "zh": one.name.zh, "en": one.name.en} for one in found.groups]
    told = {"kind": "compounds", "file": digest, "groups": groups, "source": "x"}
    population = read_catalog(DATA).subdistricts["caojiadu"].population
    read = read_homes(tmp_path / "kept", told, population, empty_network(121.43, 31.23))
    assert read.demand["people"].to_list() == [250, 125]
    assert read.demand["age_60_plus"].to_list() == [60, 0]
    assert read.basis.difference == 375 - 82884
    assert (read.basis.with_gates, read.doors.owner.tolist()) == (1, [0, 0, 1])
    (tmp_path / "kept").write_bytes(raw[:-1])
    with pytest.raises(DataError, match="not the table of homes"):
        read_homes(tmp_path / "kept", told, population, empty_network(121.43, 31.23))


def test_the_unit_of_the_subdistrict_must_be_known():
    with pytest.raises(DataError, match="--household-people"):
        homes(SHEET)


def test_homes_in_another_datum_are_named():
    inside = [f"{k},k,9,{121.4305 + 0.001 * k:.4f},31.2395,,0" for k in range(9)]
    from geo.datum_shift import from_wgs84

    lonlat = from_wgs84(np.array([[121.4305 + 0.001 * k, 31.2395] for k in range(9)]), "gcj02")
    moved = [f"{k},k,9,{lon:.7f},{lat:.7f},,0" for k, (lon, lat) in enumerate(lonlat)]
    head = "id,name,people,lon,lat,gates,age_60_plus\n"
    assert len(homes(head + "\n".join(inside)).homes.frame) == 9
    with pytest.raises(DataError, match="--datum gcj02"):
        homes(head + "\n".join(moved))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 30)), min_size=1, max_size=25))
def test_the_best_door_is_the_nearest_that_reaches_anything(rows):
    doors = sorted(rows)
    owner = np.unique(np.array([o for o, _ in doors]), return_inverse=True)[1].astype(np.int64)
    distance = np.array([d for _, d in doors], dtype=np.int64)
    best = best_doors(owner, distance, np.zeros(len(owner), dtype=np.int64))
    for person, door in enumerate(best.tolist()):
        mine = [d for d in distance[owner == person].tolist() if d >= 0]
        assert owner[door] == person
        assert distance[door] == (min(mine) if mine else -1)


# Streets


@pytest.fixture(scope="module")
def sketch():
    return build_network(read_streets([DATA / "base" / "streets_caojiadu.geojson"]))


@pytest.mark.parametrize("total", [None, 0, 1, 4999])
def test_points_along_streets_share_a_total_evenly(sketch, total):
    frame = spread_along_streets(sketch, OUTLINE, "x", "people", total)
    assert len(frame) > 50
    assert frame["people"].sum() == (total or 0)
    assert frame["people"].max() - frame["people"].min() <= 1
    # a point stands for 50 m: their number tells the length of street inside
    lines = shapely.union_all([shapely.LineString(pair) for pair in street_pairs(sketch)])
    inside_deg = lines.intersection(OUTLINE).length
    assert len(frame) * 50 == pytest.approx(inside_deg * 103_000, rel=0.12)


def street_pairs(network):
    for u, v in zip(network.edge_u.tolist(), network.edge_v.tolist(), strict=True):
        yield [(network.lon[u], network.lat[u]), (network.lon[v], network.lat[v])]


def test_without_streets_there_is_nothing(sketch):
    none = empty_network(121.43, 31.23)
    assert len(spread_along_streets(none, OUTLINE, "x", "households", 50)) == 0
    assert none.content_hash != sketch.content_hash


def graph_of(network):
    graph = nx.Graph()
    for u, v, dm in zip(network.edge_u, network.edge_v, network.edge_length_dm, strict=True):
        ends = [(round(float(network.lon[k]), 6), round(float(network.lat[k]), 6)) for k in (u, v)]
        graph.add_edge(*ends, weight=int(dm))
    return graph


def test_a_drawn_path_is_walked_and_a_closed_street_is_not(sketch):
    degree = np.bincount(np.concatenate([sketch.edge_u, sketch.edge_v]))
    inner = np.flatnonzero((degree[sketch.edge_u] > 2) & (degree[sketch.edge_v] > 2))[0]
    u, v = int(sketch.edge_u[inner]), int(sketch.edge_v[inner])
    ends = tuple((float(sketch.lon[k]), float(sketch.lat[k])) for k in (u, v))
    closed, told = apply_patches(sketch, [Patch("a", "close", ends)])
    assert told[0].applies
    assert closed.edge_count < sketch.edge_count
    places = [(round(lon, 6), round(lat, 6)) for lon, lat in ends]
    before = nx.shortest_path_length(graph_of(sketch), *places, weight="weight")
    after = nx.shortest_path_length(graph_of(closed), *places, weight="weight")
    assert after > before
    again, _ = apply_patches(closed, [Patch("b", "add", ends, "再开的路")])
    assert nx.shortest_path_length(graph_of(again), *places, weight="weight") == before
    assert "再开的路" in again.names


def test_patches_that_find_nothing_leave_the_network_as_it_is(sketch):
    far = ((120.0, 30.0), (120.001, 30.0))
    same, told = apply_patches(sketch, [Patch("a", "close", far), Patch("b", "add", far)])
    assert same is sketch
    assert [one.applies for one in told] == [False, False]


def test_the_cut_side_of_an_extract_is_the_edge_of_what_is_known(extracts):
    """Caojiadu lies at the western cut of the extract, which a hull of all nodes hides behind one long feeder."""
    network = build_network(read_streets([extracts / "shanghai_center_roads.osm"]))
    lon, lat = np.array([121.4235, 121.4265, 121.437, 121.47]), np.array([31.231] * 4)
    depth = depth_m(network, *network.projection.to_xy(lon, lat))
    assert 100 < depth[0] < depth[1] < 900 < depth[2] < depth[3]
