"""The catalogue is read strictly: every fault of both files at once, and nothing invented."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.catalog import Catalog, LocalText, Profile, PropertyType, Rule, is_layer_id, read_catalog
from geo.errors import DataError

SMALL = Path(__file__).parents[1] / "data" / "catalog"
PROJECT = Path(__file__).parents[2] / "data"


@pytest.fixture
def folder(tmp_path):
    for name in ("catalog.toml", "rules.toml"):
        (tmp_path / name).write_bytes((SMALL / name).read_bytes())
    return tmp_path


def replaced(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def faults(folder):
    with pytest.raises(DataError) as caught:
        read_catalog(folder)
    return sorted((problem.code, problem.where) for problem in caught.value.problems)


def test_reads_everything_in_file_order():
    catalog = read_catalog(SMALL)
    assert isinstance(catalog, Catalog)
    assert list(catalog.layers) == ["nurseries", "assembly_places"]
    assert list(catalog.profiles) == ["planning", "frail"]
    nurseries = catalog.layers["nurseries"]
    assert nurseries.name == LocalText("托育点", "Nurseries")
    assert nurseries.rules == ("fifteen", "five-hundred")
    assert nurseries.headline_rule == "fifteen"
    assert nurseries.properties == (
        PropertyType("places", "integer", (), False, LocalText("托位", "Places")),
        PropertyType("public", "boolean", (), False, LocalText("公办", "Public")),
    )
    places = catalog.layers["assembly_places"]
    assert (places.rules, places.headline_rule, places.geometries) == ((), None, ("Point", "Polygon"))
    assert catalog.subdistricts["eastside"].population.value == 12000
    assert catalog.subdistricts["westside"].population.caution == LocalText("", "")
    assert catalog.rules["fifteen"].target_share == 0.99
    assert catalog.rules["five-hundred"].limit_m == 500


def test_limit_is_metres_or_minutes_at_the_speed_of_the_profile():
    catalog = read_catalog(SMALL)
    planning, frail = catalog.profiles["planning"], catalog.profiles["frail"]
    assert catalog.rules["fifteen"].limit_dm(planning) == 9000
    assert catalog.rules["fifteen"].limit_dm(frail) == 5760
    assert catalog.rules["five-hundred"].limit_dm(planning) == catalog.rules["five-hundred"].limit_dm(frail) == 5000


EMPTY = LocalText("", "")


@pytest.mark.parametrize(("limit_m", "limit_dm"), [(0.1, 1), (0.3, 3), (99.99, 999), (500.06, 5000), (144.0, 1440)])
def test_metres_are_rounded_down_to_decimetres(limit_m, limit_dm):
    rule = Rule("r", (), limit_m, None, None, EMPTY, EMPTY, "high", EMPTY)
    assert rule.limit_dm(Profile("p", EMPTY, 1.0, EMPTY, "high")) == limit_dm


@pytest.mark.parametrize(
    ("limit_min", "speed_mps", "limit_dm"),
    [(7, 1.15, 4830), (3, 1.4, 2520), (0.1, 1.4, 84), (15, 0.64, 5760), (1, 0.6416, 384), (1000, 1.0, 600_000)],
)
def test_minutes_are_walked_at_the_speed_without_float_error(limit_min, speed_mps, limit_dm):
    """7 min at 1.15 m/s are 483 m, though floats make 482.99999999999994 m of it."""
    rule = Rule("r", (), None, limit_min, None, EMPTY, EMPTY, "high", EMPTY)
    assert rule.limit_dm(Profile("p", EMPTY, speed_mps, EMPTY, "high")) == limit_dm


def test_hash_follows_content_not_comments(folder):
    before = read_catalog(folder).content_hash
    (folder / "rules.toml").write_text((folder / "rules.toml").read_text("utf-8") + "\n# a remark\n", "utf-8")
    assert read_catalog(folder).content_hash == before
    replaced(folder, "rules.toml", "limit_m = 500", "limit_m = 501")
    assert read_catalog(folder).content_hash != before


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "catalog.toml",
            'family = "care"',
            'family = "care"\ncolour = "red"',
            ("unknown_key", "catalog.toml: layers.nurseries.colour"),
        ),
        ("catalog.toml", "speed_mps = 1.0\n", "", ("missing_key", "catalog.toml: profiles.planning")),
        (
            "catalog.toml",
            "speed_mps = 1.0",
            'speed_mps = "1.0"',
            ("wrong_type", "catalog.toml: profiles.planning.speed_mps"),
        ),
        (
            "catalog.toml",
            "speed_mps = 1.0",
            "speed_mps = true",
            ("wrong_type", "catalog.toml: profiles.planning.speed_mps"),
        ),
        (
            "catalog.toml",
            "speed_mps = 1.0",
            "speed_mps = nan",
            ("out_of_range", "catalog.toml: profiles.planning.speed_mps"),
        ),
        (
            "catalog.toml",
            "value = 12000",
            "value = 0",
            ("out_of_range", "catalog.toml: subdistricts.eastside.population.value"),
        ),
        (
            "catalog.toml",
            "value = 12000",
            "value = 12000.0",
            ("wrong_type", "catalog.toml: subdistricts.eastside.population.value"),
        ),
        ("catalog.toml", 'code = "310000001"', 'code = "31"', ("bad_code", "catalog.toml: subdistricts.eastside.code")),
        ("catalog.toml", 'en = "Nurseries"', 'en = " "', ("empty_text", "catalog.toml: layers.nurseries.name.en")),
        ("catalog.toml", ', en = "Nurseries"', "", ("missing_key", "catalog.toml: layers.nurseries.name")),
        ("catalog.toml", 'glyph = "托"', 'glyph = "托育"', ("bad_glyph", "catalog.toml: layers.nurseries.glyph")),
        (
            "catalog.toml",
            'family = "care"',
            'family = "pets"',
            ("unknown_choice", "catalog.toml: layers.nurseries.family"),
        ),
        (
            "catalog.toml",
            '["Point"]',
            '["Point", "Point"]',
            ("duplicate_item", "catalog.toml: layers.nurseries.geometries[1]"),
        ),
        (
            "catalog.toml",
            '["Point"]',
            '["LineString"]',
            ("unknown_choice", "catalog.toml: layers.nurseries.geometries[0]"),
        ),
        ("catalog.toml", '["Point"]', "[]", ("empty_list", "catalog.toml: layers.nurseries.geometries")),
        (
            "catalog.toml",
            'headline_rule = "fifteen"',
            'headline_rule = "ten"',
            ("unknown_headline_rule", "catalog.toml: layers.nurseries.headline_rule"),
        ),
        (
            "catalog.toml",
            "properties.places]",
            "properties.address]",
            ("bad_property_name", "catalog.toml: layers.nurseries.properties.address"),
        ),
        (
            "catalog.toml",
            "properties.places]",
            "properties.__proto__]",
            ("bad_property_name", "catalog.toml: layers.nurseries.properties.__proto__"),
        ),
        (
            "catalog.toml",
            'choices = ["grass", "paved"]\n',
            "",
            ("bad_choices", "catalog.toml: layers.assembly_places.properties.surface"),
        ),
        (
            "catalog.toml",
            'kind = "integer"',
            'kind = "integer"\nchoices = ["1"]',
            ("bad_choices", "catalog.toml: layers.nurseries.properties.places"),
        ),
        ("catalog.toml", "[profiles.planning]", "[profiles.usual]", ("missing_profile", "catalog.toml: profiles")),
        (
            "rules.toml",
            "limit_m = 500",
            "limit_m = 500\nlimit_min = 5",
            ("one_limit", "rules.toml: rules.five-hundred"),
        ),
        ("rules.toml", "limit_m = 500\n", "", ("one_limit", "rules.toml: rules.five-hundred")),
        ("rules.toml", "limit_m = 500", "limit_m = -1", ("out_of_range", "rules.toml: rules.five-hundred.limit_m")),
        ("rules.toml", "limit_m = 500", "limit_m = inf", ("out_of_range", "rules.toml: rules.five-hundred.limit_m")),
        (
            "rules.toml",
            "target_share = 0.99",
            "target_share = 99",
            ("out_of_range", "rules.toml: rules.fifteen.target_share"),
        ),
        (
            "rules.toml",
            'certainty = "medium"',
            'certainty = "sure"',
            ("unknown_choice", "rules.toml: rules.five-hundred.certainty"),
        ),
        (
            "rules.toml",
            "[rules.five-hundred]",
            "[extra]\n[rules.five-hundred]",
            ("unknown_key", "rules.toml: top.extra"),
        ),
    ],
)
def test_one_fault_is_one_problem_at_its_place(folder, file, old, new, expected):
    replaced(folder, file, old, new)
    assert faults(folder) == [expected]


def test_rule_for_unknown_layer(folder):
    text = (folder / "rules.toml").read_text("utf-8")
    (folder / "rules.toml").write_text(text.replace('["nurseries"]', '["nurseries", "kennels"]', 1), "utf-8")
    assert faults(folder) == [("unknown_layer", "rules.toml: rules.fifteen.layers")]


def test_a_rule_that_only_one_side_knows(folder):
    replaced(folder, "catalog.toml", 'rules = ["fifteen", "five-hundred"]', 'rules = ["fifteen", "ten"]')
    assert faults(folder) == [
        ("one_sided_rule", "rules.toml: rules.five-hundred.layers"),
        ("unknown_rule", "catalog.toml: layers.nurseries.rules"),
    ]


def test_same_glyph_within_a_family_only(folder):
    replaced(folder, "catalog.toml", 'glyph = "避"', 'glyph = "托"')
    assert list(read_catalog(folder).layers) == ["nurseries", "assembly_places"]
    replaced(folder, "catalog.toml", 'family = "places"', 'family = "care"')
    assert faults(folder) == [
        ("duplicate_glyph", "catalog.toml: layers.assembly_places.glyph"),
        ("duplicate_glyph", "catalog.toml: layers.nurseries.glyph"),
    ]


def test_faults_of_both_files_are_told_at_once(folder):
    replaced(folder, "catalog.toml", "speed_mps = 0.64", "speed_mps = -0.64")
    replaced(folder, "catalog.toml", 'glyph = "托"', "glyph = 7")
    replaced(folder, "catalog.toml", "[layers.assembly_places]", "[layers.nul]")
    replaced(folder, "catalog.toml", "[layers.assembly_places.properties.area_m2]", "[layers.nul.properties.area_m2]")
    replaced(folder, "catalog.toml", "[layers.assembly_places.properties.surface]", "[layers.nul.properties.surface]")
    replaced(folder, "rules.toml", "limit_min = 15", "limit_min = 0")
    assert faults(folder) == [
        ("bad_id", "catalog.toml: layers.nul"),
        ("bad_layer_id", "catalog.toml: layers.nul"),
        ("out_of_range", "catalog.toml: profiles.frail.speed_mps"),
        ("out_of_range", "rules.toml: rules.fifteen.limit_min"),
        ("wrong_type", "catalog.toml: layers.nurseries.glyph"),
    ]


def test_files_that_cannot_be_read(folder):
    (folder / "catalog.toml").write_bytes('name = "托育"'.encode("gbk"))
    (folder / "rules.toml").write_text("[rules.fifteen]\n[rules.fifteen]\n", "utf-8")
    assert faults(folder) == [("not_toml", "rules.toml"), ("not_utf8", "catalog.toml")]
    (folder / "rules.toml").unlink()
    assert faults(folder) == [("file_missing", "rules.toml"), ("not_utf8", "catalog.toml")]


@pytest.mark.parametrize("good", ["nurseries", "red_cross_stations", "lifts2", "a"])
def test_layer_ids(good):
    assert is_layer_id(good)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "../../x",
        "..\\x",
        "CON",
        "con",
        "aux",
        "com1",
        "nul\0",
        "托育点",
        "a b",
        "a/b",
        "Nurseries",
        "_a",
        "a_",
        "a__b",
        "a-b",
        "1a",
        "a\n",
        "constructor",
        "__proto__",
        "a" * 41,
        "ａ",
    ],
)
def test_what_is_no_layer_id(bad):
    assert not is_layer_id(bad)


@given(st.text())
def test_layer_ids_are_plain_words(text):
    plain = text.isascii() and text.replace("_", "").isalnum() and text == text.lower()
    assert plain or not is_layer_id(text)


def test_the_project_s_own_catalogue_is_good():
    catalog = read_catalog(PROJECT)
    assert set(catalog.subdistricts) == {"caojiadu", "hudong"}
    assert catalog.layers["safe_houses"].headline_rule == "safe-house-200"
    assert {profile.id: profile.speed_mps for profile in catalog.profiles.values()} == {
        "planning": 1.0,
        "adult": 1.2,
        "older": 0.8,
        "frail": 0.64,
    }
