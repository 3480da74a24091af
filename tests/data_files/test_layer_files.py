"""The bundled layers: valid, canonical, honest about every position, each with its source and its README line."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from geo.catalog import Catalog, read_catalog
from geo.claims_table import counted_by_report, read_claims, stated_count
from geo.datum import LocalProjection
from geo.layers import FacilityLayer, check_layer, layer_to_geojson
from geo.place import Place, assess_layer

LAYER_IDS = list(read_catalog(Path(__file__).resolve().parents[2] / "data").layers)

# One place of the register lies a metre outside the simplified outline; its accuracy is 75 m.
KNOWN_WARNINGS = {"heritage_buildings": ["上广交响乐团"]}

STATUSES = {
    ("caojiadu", "nurseries"): {"address": 1},
    ("hudong", "nurseries"): {"unlocated": 1},
    ("hudong", "meal_points"): {"sample": 5},
    ("hudong", "elder_homes"): {"unlocated": 2},
    ("caojiadu", "red_cross_stations"): {"unlocated": 1},
    ("hudong", "safe_houses"): {"sample": 42},
    ("caojiadu", "heritage_buildings"): {"address": 12},
    ("hudong", "heritage_buildings"): {"address": 2},
    ("caojiadu", "practice_stations"): {"approximate": 8, "unlocated": 15},
    ("hudong", "cultural_rooms"): {"approximate": 27, "unlocated": 6},
    ("hudong", "employment_stations"): {"sample": 3},
    ("hudong", "service_kiosks"): {"unlocated": 1},
    ("caojiadu", "mediation_centres"): {"address": 1},
    ("hudong", "enterprise_hubs"): {"unlocated": 4},
    ("caojiadu", "lifts"): {"approximate": 5},
    ("hudong", "lifts"): {"unlocated": 14},
    ("hudong", "recycling_points"): {"unlocated": 23},
    ("caojiadu", "compounds"): {"approximate": 6},
    ("hudong", "compounds"): {"approximate": 18},
}


@pytest.mark.parametrize("layer_id", LAYER_IDS)
def test_a_bundled_layer_has_no_fault(layer_id, data, catalog, outlines) -> None:
    layer = catalog.layers[layer_id]
    raw = (data / "layers" / f"{layer_id}.geojson").read_bytes()
    problems = check_layer(raw, layer, catalog, outlines)
    assert all(problem.warning for problem in problems)
    expected = KNOWN_WARNINGS.get(layer_id, [])
    assert len(problems) == len(expected)
    assert all(name in problem.found for name, problem in zip(expected, problems, strict=True))


def test_bundled_layers_are_in_canonical_form(data: Path, catalog: Catalog, layers: dict[str, FacilityLayer]) -> None:
    changed = [
        name
        for name, layer in layers.items()
        if layer_to_geojson(layer.frame, catalog.layers[name]) != (data / "layers" / f"{name}.geojson").read_bytes()
    ]
    assert not changed


def test_counts_by_location_status_are_what_the_readme_says(layers: dict[str, FacilityLayer]) -> None:
    found = {
        (subdistrict, name): dict(Counter(facilities["location_status"]))
        for name, layer in layers.items()
        for subdistrict, facilities in layer.frame.groupby("subdistrict")
    }
    assert found == STATUSES


def test_ids_are_unique_over_all_layers(layers: dict[str, FacilityLayer]) -> None:
    ids = [feature_id for layer in layers.values() for feature_id in layer.frame.index]
    assert len(ids) == len(set(ids)) == sum(sum(counts.values()) for counts in STATUSES.values())


def test_samples_say_so_and_nothing_else_does(layers: dict[str, FacilityLayer]) -> None:
    for layer in layers.values():
        for _, facility in layer.frame.iterrows():
            is_sample = facility["location_status"] == "sample"
            says_so = "示例" in facility["name"] and "sample" in (facility["name_en"] or "")
            assert is_sample == says_so, facility["name"]
            assert is_sample == ("The position is invented." in (facility["note"] or "")), facility["name"]
            if is_sample:
                assert facility[["address", "accuracy_m", "verified_on", "committee"]].isna().all()


def test_nothing_claims_to_be_surveyed_or_checked(layers: dict[str, FacilityLayer]) -> None:
    for layer in layers.values():
        assert "surveyed" not in set(layer.frame["location_status"])
        assert layer.frame["verified_on"].isna().all()


def test_every_position_says_how_good_it_is(layers: dict[str, FacilityLayer]) -> None:
    for layer in layers.values():
        placed = layer.frame[layer.frame["location_status"].isin(["address", "approximate"])]
        assert (placed["accuracy_m"].astype(float) >= 50).all(), layer.id


def test_every_feature_has_a_source_and_an_english_name(layers: dict[str, FacilityLayer]) -> None:
    for layer in layers.values():
        missing = layer.frame[layer.frame["source"].isna() | layer.frame["source_id"].isna()]
        assert missing.empty, layer.id
        assert layer.frame["name_en"].notna().all(), layer.id


def side_of_street(place: shapely.Point, street: shapely.LineString) -> tuple[float, float]:
    """Return the distance to the street in metres, and how far north-east of it the place lies (x + y, m)."""
    projection = LocalProjection(place.x, place.y)
    line = shapely.LineString(np.column_stack(projection.to_xy(*np.array(street.coords).T)))
    foot = line.interpolate(line.project(shapely.Point(0, 0)))
    return line.distance(shapely.Point(0, 0)), -(foot.x + foot.y)


@pytest.fixture(scope="module")
def wanhangdu_road(data: Path) -> shapely.LineString:
    return geopandas.read_file(data / "base" / "streets_caojiadu.geojson").set_index("name").geometry["万航渡路"]


def test_known_odd_numbers_lie_north_east_of_wanhangdu_road_and_even_ones_south_west(data, wanhangdu_road) -> None:
    table = geopandas.pd.read_csv(data / "base" / "gazetteer.csv", dtype=str)
    known = table[(table["kind"] == "address") & (table["street_a"] == "万航渡路")]
    assert len(known) >= 8
    for _, row in known.iterrows():
        number = int(re.match(r"\d+", row["number"])[0])
        _, north_east_m = side_of_street(shapely.Point(float(row["lon"]), float(row["lat"])), wanhangdu_road)
        assert (number % 2 == 1) == (north_east_m > 0), row["label"]


@pytest.mark.parametrize(
    ("layer_id", "address", "is_odd"),
    [("nurseries", "万航渡路605号", True), ("mediation_centres", "万航渡路684号二楼", False)],
)
def test_a_house_on_wanhangdu_road_is_on_its_side(layers, wanhangdu_road, layer_id, address, is_odd) -> None:
    frame = layers[layer_id].frame
    place = frame[frame["address"] == address].geometry.iloc[0]
    distance_m, north_east_m = side_of_street(place, wanhangdu_road)
    assert 5 < distance_m <= 25
    assert (north_east_m > 0) == is_odd


def test_the_nursery_lies_between_its_neighbours(data: Path, layers: dict[str, FacilityLayer], wanhangdu_road) -> None:
    table = geopandas.pd.read_csv(data / "base" / "gazetteer.csv").set_index("label")
    frame = layers["nurseries"].frame
    nursery = frame[frame["subdistrict"] == "caojiadu"].iloc[0]
    at = [
        wanhangdu_road.project(shapely.Point(*table.loc[label, ["lon", "lat"]]))
        for label in ("万航渡路600号", "万航渡路618号")
    ]
    assert at[0] < wanhangdu_road.project(nursery.geometry) < at[1]
    assert (nursery["places"], nursery["enrolled"], nursery["accuracy_m"]) == (40, 31, 50)


def test_nine_heritage_buildings_of_nine_and_the_terminals_never_split(data: Path, layers) -> None:
    frame = layers["heritage_buildings"].frame
    here = frame[frame["subdistrict"] == "caojiadu"]
    nine = here[counted_by_report(here)]
    assert len(nine) == stated_count(read_claims(data / "reports"), "caojiadu", "heritage_buildings").value == 9
    assert nine["category"].str.contains("不可移动文物").all()
    assert (nine["identity"] == "presumed").all()
    assert nine["monitored"].eq(other=True).all()
    others = here.drop(nine.index)
    assert not others["category"].str.contains("不可移动文物").any()
    assert others["monitored"].isna().all()
    assert frame["terminals_stated"].isna().all()


def test_the_count_beside_the_stated_nine_is_nine(data: Path, catalog: Catalog, layers, outlines) -> None:
    claims = read_claims(data / "reports")
    place = Place(catalog.subdistricts["caojiadu"], outlines["caojiadu"], None, None, layers, claims, "")
    known = assess_layer(place, catalog, "heritage_buildings")
    assert (known.stated.value, known.located, len(known.facilities)) == (9, 9, 12)


def test_the_lift_in_both_lists_is_one_feature(layers: dict[str, FacilityLayer]) -> None:
    frame = layers["lifts"].frame
    here = frame[frame["subdistrict"] == "caojiadu"]
    assert here["address"].is_unique
    both = here[here["address"] == "康定路991号"]
    assert len(both) == 1
    assert "两份名单" in both["note"].iloc[0]
    assert (here["phase"] == "in_progress").sum() == 2


def test_stations_and_rooms_stand_where_their_committee_is_placed(layers, committees) -> None:
    placed = committees.set_index(["subdistrict", "name"])
    for name, tier in (("practice_stations", "neighbourhood"), ("cultural_rooms", "room")):
        frame = layers[name].frame
        rows = frame[frame["tier"] == tier]
        assert len(rows) == {"practice_stations": 14, "cultural_rooms": 32}[name]
        for facility in rows.itertuples():
            committee = placed.loc[(facility.subdistrict, facility.committee)]
            assert facility.location_status == committee["location_status"]
            if facility.geometry is None:
                assert committee.geometry is None
            else:
                assert facility.geometry == committee.geometry
                assert facility.accuracy_m == committee["accuracy_m"]


def test_sample_safe_houses_are_well_spread(layers: dict[str, FacilityLayer]) -> None:
    places = layers["safe_houses"].frame.geometry
    projection = LocalProjection(places.x.mean(), places.y.mean())
    x, y = projection.to_xy(places.x, places.y)
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(apart, np.inf)
    assert 100 < apart.min(axis=1).min() < 400


def test_every_file_has_its_line_in_the_readme_beside_it(data: Path) -> None:
    for folder in ("base", "layers", "reports"):
        readme = (data / folder / "README.md").read_text("utf-8")
        files = {path.name for path in (data / folder).iterdir()} - {"README.md"}
        listed = set(re.findall(r"^\| `([\w.-]+)`", readme, re.MULTILINE))
        assert files == listed, folder


def test_every_layer_has_its_file_and_no_file_is_without_a_layer(data: Path, catalog: Catalog) -> None:
    assert {path.stem for path in (data / "layers").glob("*.geojson")} == set(catalog.layers)
