"""The table of bad inputs, row by row: which tests hold each, and the rows that every address has to hold to."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path

import pytest

FEATURES, IMPORTS = "webmap/test_feature_api.py", "geo/test_import_plan.py"
TABLES, SIGN_IN, OPENAPI = "geo/test_table_formats.py", "webmap/test_sign_in.py", "webmap/test_openapi.py"
BODIES = (FEATURES, "test_bad_bodies_are_refused_with_their_place_and_nothing_is_stored")
STATUSES = ("cli/test_import_command.py", "test_each_refusal_has_its_status")
HELD_BY = {
    1: [BODIES, (IMPORTS, "test_positions_that_are_none")],
    2: [BODIES],
    3: [(FEATURES, "test_row_3_a_long_body_and_one_of_unknown_length"), BODIES],
    4: [BODIES, (IMPORTS, "test_swapped_positions_are_named_and_a_swap_is_offered_never_made")],
    5: [BODIES, (FEATURES, "test_row_5_a_place_outside_is_told_and_saved_when_confirmed")],
    6: [(IMPORTS, "test_an_undeclared_datum_is_refused_and_the_shift_named")],
    7: [BODIES, (FEATURES, "test_row_7_a_height_is_dropped_and_told")],
    8: [BODIES, (IMPORTS, "test_geojson_positions_are_read_strictly")],
    9: [(FEATURES, "test_rows_9_and_11_polygons")],
    10: [(FEATURES, "test_row_10_null_where_the_status_says_so")],
    11: [(FEATURES, "test_rows_9_and_11_polygons")],
    12: [(FEATURES, "test_rows_12_and_14_what_names_wgs84_and_a_byte_order_mark_are_taken"), BODIES],
    13: [BODIES, (IMPORTS, "test_a_duplicate_id_in_geojson")],
    14: [
        (FEATURES, "test_rows_12_and_14_what_names_wgs84_and_a_byte_order_mark_are_taken"),
        (TABLES, "test_gbk_bytes_are_refused_with_a_hint_and_read_on_request"),
    ],
    15: [BODIES, (FEATURES, "test_row_15_what_can_be_seen_is_kept_in_nfc")],
    16: [
        (FEATURES, "test_rows_16_and_18_markup_and_formulas_are_text"),
        ("webmap/test_attack_strings.py", "test_hostile_name_stays_text"),
    ],
    17: [BODIES, (IMPORTS, "test_an_unknown_property_in_geojson")],
    18: [("webmap/test_exports.py", "test_row_18_no_cell_is_a_formula")],
    19: [
        (TABLES, "test_zip_bomb_is_measured_before_it_is_unpacked"),
        (TABLES, "test_a_dimension_that_lies_hides_no_row"),
        (TABLES, "test_formulas_and_merged_cells_are_row_errors"),
        (TABLES, "test_macros_are_refused_by_name_and_by_content"),
        STATUSES,
    ],
    20: [(FEATURES, "test_row_20_no_such_layer")],
    21: [
        (FEATURES, "test_row_21_without_and_with_another_revision"),
        (FEATURES, "test_row_21_an_old_revision_gets_what_stands_and_what_goes_together"),
    ],
    22: [(FEATURES, "test_row_22_a_deleted_feature_tells_how_to_restore_it")],
    23: [("webmap/test_mutating_routes.py", "test_row_23_cross_site_plain_text_and_no_token")],
    24: [
        (SIGN_IN, "test_row_24_the_id_is_new_after_login_and_the_old_one_worthless"),
        (SIGN_IN, "test_row_24_a_password_change_makes_every_old_cookie_401"),
    ],
    25: [
        (SIGN_IN, "test_row_25_a_hundred_wrong_passwords"),
        (SIGN_IN, "test_row_25_nobody_and_somebody_get_the_same_text_and_limit"),
        (SIGN_IN, "test_row_25_nobody_and_somebody_take_the_same_time"),
    ],
    26: [(OPENAPI, "test_row_26_bad_parameters"), (OPENAPI, "test_row_26_a_limit_that_is_too_large_is_cut")],
    27: [
        (OPENAPI, "test_row_27_an_overlong_query"),
        (OPENAPI, "test_row_27_a_search_is_for_the_text_and_no_pattern"),
    ],
    28: [
        ("webmap/test_store.py", "test_a_full_disk_half_saves_nothing"),
        ("webmap/test_store.py", "test_a_fault_of_the_store_has_its_status"),
        ("webmap/test_store.py", "test_a_folder_that_cannot_be_made_is_named"),
    ],
    29: [(SIGN_IN, "test_row_29_a_foreign_host_is_refused_everywhere")],
    30: [
        ("cli/test_network_commands.py", "test_extract_with_no_walkable_way"),
        ("cli/test_network_commands.py", "test_network_of_islands"),
        ("geo/test_point_coverage.py", "test_facility_far_from_every_street"),
    ],
}
NO_NAMES = ("..%2f..%2fx", "..%5cx", "CON", "%00", "托育点", "__proto__", "constructor", "9" * 300, "a%0ab")
KNOWN = {
    "layer": "heritage_buildings",
    "subdistrict": "caojiadu",
    "report": "caojiadu-2020",
    "feature": "01J00000000000000000000001",
    "collection": "heritage_buildings",
}
ASKED = ("/", "/find", "/plan/caojiadu", "/reports", "/about", "/api/coverage", "/api/claims", "/api/address")


@cache
def source(root: Path, name: str) -> str:
    return (root / "tests" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("row", range(1, 31))
def test_every_row_has_a_test(root, row):
    for name, test in HELD_BY[row]:
        assert re.search(rf"^def {test}\(", source(root, name), re.MULTILINE), f"row {row}: no {test} in {name}"


def test_row_20_a_name_that_is_none_leads_nowhere(app, client):
    """Every address with a name in it, open to all: 404, or on the way to the login; never an error, never a page."""
    tried = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "static":
            continue
        for argument in sorted(rule.arguments & {"layer", "subdistrict", "report", "collection"}):
            for name in NO_NAMES:
                values = KNOWN | {argument: name}
                path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda found: values.get(found[1], "1"), rule.rule)  # noqa: B023
                status = client.get(path).status_code
                wanted = {303, 401, 404} if rule.rule.startswith(("/staff", "/api")) else {404}
                assert status in wanted, f"{path[:90]}: {status}"
                tried += 1
    assert tried > 200


@pytest.mark.parametrize("path", ASKED)
def test_row_27_a_query_of_ten_thousand_signs_is_refused(client, path):
    answer = client.get(path, query_string={"q": "a" * 10_240})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [("bbox=", 400), ("limit=x", 400), ("format=csv&limit=-1", 400), ("format=CSV", 400), ("format=", 400)],
)
def test_row_26_an_export_is_asked_for_strictly(client, query, status):
    answer = client.get(f"/api/layers/heritage_buildings/export?{query}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/staff/reports", {"subdistrict": "../../x", "year": "2024"}),
        ("/staff/reports/caojiadu-2020/decide", {"do": "drop", "claim": "x:y"}),
        ("/staff/reports/caojiadu-2020/decide", {"do": "confirm", "claim": "9999999:0"}),
        ("/staff/reports/nowhere/decide", {"do": "confirm", "claim": "1:0"}),
        ("/staff/reports/caojiadu-2020/claims/38", {"value": "NaN", "kind": "done", "qualifier": "exact"}),
        ("/staff/reports/caojiadu-2020/claims/38/undo", {"revision": "1e999"}),
        ("/staff/reports/caojiadu-2020/claims/9999999999999999999999", {"value": "1"}),
    ],
)
def test_what_staff_send_wrongly_is_refused_and_nothing_is_stored(app, client, signed_in, path, form):
    token = signed_in(client, "reviewer")
    results = app.extensions["lifecircle.results"]
    before = results.current().confirmed
    sent = {"csrf_token": token, "report": (io.BytesIO(b"x"), "x.txt")} | form
    answer = client.post(path, data=sent, content_type="multipart/form-data")
    assert answer.status_code in {400, 404, 422}, answer.text[:300]
    assert results.current().confirmed == before
