"""Writing features over HTTP: the rows of the table of bad inputs that concern writing, and who wins a race."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.ulid import is_ulid
from webmap.feature_merge import body_of, changed_parts, merge, parts_of, with_choices
from webmap.history import verify

LAYER = "/api/layers/service_kiosks"
INSIDE = [121.43, 31.235]


@pytest.fixture
def writer(edited, sign_in) -> Callable[[str], tuple[FlaskClient, dict[str, str]]]:
    """Signs somebody in and gives the client, and its token as a header."""

    def enter(role: str) -> tuple[FlaskClient, dict[str, str]]:
        mine, accounts = edited
        client = mine.test_client()
        return client, {"X-CSRFToken": sign_in(client, accounts[role])}

    return enter


@pytest.fixture
def reviewer(writer):
    return writer("reviewer")


def feature(name: str = "一处", position: Any = INSIDE, **more: Any) -> dict[str, Any]:
    status = "unlocated" if position is None else "surveyed"
    geometry = None if position is None else {"type": "Point", "coordinates": position}
    properties = {"name": name, "subdistrict": "caojiadu", "location_status": status, "source": "走访"}
    return {"type": "Feature", "geometry": geometry, "properties": properties | more}


def create(who, body: Any = None, query: str = ""):
    client, token = who
    answer = client.post(LAYER + query, json=body or feature(), headers=token)
    assert answer.status_code == 201, answer.text
    return answer.json["feature"], answer


def put(who, name: str, raw: bytes | dict, match: str | None = '"1"', query: str = "", **headers: str):
    client, token = who
    data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    named = {} if match is None else {"If-Match": match}
    return client.put(
        f"{LAYER}/{name}{query}", data=data, content_type="application/json", headers=token | named | headers
    )


def codes(answer) -> list[tuple[str, str]]:
    assert answer.mimetype == "application/problem+json", answer.text
    assert answer.json["status"] == answer.status_code
    return [(problem["code"], problem["where"]) for problem in answer.json["problems"]]


def history(edited, name: str) -> list[tuple[int, str, str]]:
    from webmap.revisions import feature_revisions

    with edited[0].extensions["lifecircle.results"].store().reading() as connection:
        found = feature_revisions(connection, "service_kiosks", name)
    return [(one.revision, one.operation, one.state) for one in found]


# What goes well


def test_a_feature_is_made_changed_read_deleted_and_restored(edited, reviewer):
    client, token = reviewer
    made, answer = create(reviewer, feature("曹家渡一站"), "?why=" + quote("新开的"))
    path = f"{LAYER}/{made['id']}"
    assert is_ulid(made["id"])
    assert (answer.headers["ETag"], answer.headers["Location"]) == ('"1"', path)
    assert (answer.json["revision"], answer.json["state"], answer.json["warnings"]) == (1, "published", [])
    read = client.get(path)
    assert (read.json, read.headers["ETag"]) == (made, '"1"')
    assert client.get(path, headers={"If-None-Match": '"1"'}).status_code == 304
    changed = put(reviewer, made["id"], made | {"properties": made["properties"] | {"phone": "021-62580000"}})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert client.get(path).json["properties"]["phone"] == "021-62580000"
    assert client.get(path).headers["ETag"] == '"2"'
    assert client.delete(path, headers=token | {"If-Match": '"2"'}).status_code == 200
    assert client.get(path).status_code == 404
    back = client.post(path + "/restore", json={}, headers=token)
    assert (back.status_code, back.json["revision"], back.json["feature"]) == (200, 4, changed.json["feature"])
    first = client.post(path + "/restore?revision=1", json={}, headers=token)
    assert first.json["feature"] == made
    told = client.get(path + "/revisions").json
    assert [(one["revision"], one["operation"]) for one in told["revisions"]] == [
        (5, "restore"),
        (4, "restore"),
        (3, "delete"),
        (2, "update"),
        (1, "create"),
    ]
    assert told["revisions"][-1]["why"] == "新开的"
    assert told["revisions"][-2]["changed"] == ["phone"]
    assert told["revisions"][0]["name"] == "reviewer的名字"
    with edited[0].extensions["lifecircle.results"].store().reading() as connection:
        assert verify(connection) == []


def test_put_creates_with_if_none_match(reviewer):
    name = "01JTEST0000000000000000001"
    made = put(reviewer, name, feature(), None, **{"If-None-Match": "*"})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    again = put(reviewer, name, feature(), None, **{"If-None-Match": "*"})
    assert (again.status_code, again.json["current"]["revision"]) == (412, 1)
    assert put(reviewer, "no-ulid", feature(), None, **{"If-None-Match": "*"}).status_code == 422


def test_an_editor_sends_for_review_and_readers_see_it_when_it_is_published(writer, reviewer):
    editor = writer("editor")
    made, _ = create(reviewer)
    path = f"{LAYER}/{made['id']}"
    body = made | {"properties": made["properties"] | {"name": "改过的"}}
    assert codes(put(editor, made["id"], body, query="?state=published")) == [("role_too_little", "state")]
    sent = put(editor, made["id"], body)
    assert (sent.status_code, sent.json["state"]) == (200, "review")
    assert editor[0].get(path).json["properties"]["name"] == "一处"
    assert editor[0].get(path).headers["ETag"] == '"1"'
    draft = put(editor, made["id"], body, '"2"', "?state=draft")
    assert draft.json["state"] == "draft"
    assert put(reviewer, made["id"], body, '"3"').json["state"] == "published"
    assert editor[0].get(path).json["properties"]["name"] == "改过的"
    assert editor[0].delete(path, headers=editor[1] | {"If-Match": '"4"'}).json["state"] == "review"
    assert editor[0].get(path).status_code == 200


def test_an_editor_of_one_layer_may_not_touch_another(writer, reviewer):
    made, _ = create(reviewer)
    other = writer("heritage_editor")
    assert codes(put(other, made["id"], made)) == [("outside_scope", "request")]
    client, token = other
    assert client.delete(f"{LAYER}/{made['id']}", headers=token | {"If-Match": '"1"'}).status_code == 403
    assert client.post(LAYER, json=feature(), headers=token).status_code == 403
    assert client.post(f"{LAYER}/{made['id']}/restore", json={}, headers=token).status_code == 403


def test_a_feature_may_not_be_moved_out_of_ones_subdistrict(writer, edited):
    client, token = writer("heritage_editor")
    there = client.get("/api/layers/heritage_buildings?subdistrict=caojiadu").json["features"][0]
    moved = there | {"properties": there["properties"] | {"subdistrict": "hudong"}}
    path = f"/api/layers/heritage_buildings/{there['id']}?confirm=outside_subdistrict"
    match = {"If-Match": client.get(path.split("?", maxsplit=1)[0]).headers["ETag"]}
    assert client.put(path, json=moved, headers=token | match).status_code == 403
    assert client.put(path, json=there, headers=token | match).status_code == 200


# The table of bad inputs: rows 1 to 5 and 7 to 18


def raw(text: str, **more: Any) -> bytes:
    """A feature in which the text POSITION is replaced: what JSON libraries would not write."""
    return json.dumps(feature(position="POSITION", **more)).replace('"POSITION"', text).encode()


@pytest.mark.parametrize(
    ("row", "body", "status", "found"),
    [
        (1, raw("[NaN, 31.2]"), 422, ("not_finite", "/geometry/coordinates/0")),
        (1, raw("[121.4, Infinity]"), 422, ("not_finite", "/geometry/coordinates/1")),
        (1, raw("[1e999, 31.2]"), 422, ("not_finite", "/geometry/coordinates/0")),
        (2, raw("[" * 20000 + "]" * 20000), 400, ("too_deep", "")),
        (2, raw("[" + "9" * 5000 + ", 31.2]"), 400, ("number_too_long", "")),
        (3, raw("[" + "[1,2]," * 120_000 + "[1,2]]"), 413, ("too_many_vertices", "/geometry")),
        (4, raw("[31.2, 121.4]"), 422, ("swapped_axes", "/geometry/coordinates")),
        (5, raw("[121.4, 95]"), 422, ("latitude_out_of_range", "/geometry/coordinates/1")),
        (7, raw("[121.43, 31.235, 4, 5]"), 422, ("too_many_numbers", "/geometry/coordinates")),
        (8, raw("[true, false]"), 422, ("not_a_number", "/geometry/coordinates/0")),
        (8, raw('["121", "31"]'), 422, ("not_a_number", "/geometry/coordinates/0")),
        (9, raw("[]"), 422, ("empty_coordinates", "/geometry/coordinates")),
        (10, json.dumps(feature() | {"geometry": None}).encode(), 422, ("missing_geometry", "/geometry")),
        (12, json.dumps(feature() | {"crs": {"properties": {"name": "EPSG:3857"}}}).encode(), 422,
         ("foreign_crs", "/crs")),
        (13, raw("[121.43, 31.235]").replace(b'"name"', b'"name": "x", "name"'), 422,
         ("duplicate_key", "/properties/name")),
        (14, json.dumps(feature("名"), ensure_ascii=False).encode("gbk"), 400, ("not_utf8", "")),
        (15, raw("[121.43, 31.235]", name="\ud800"), 422, ("lone_surrogate", "/properties/name")),
        (15, raw("[121.43, 31.235]", name="a\u0000b"), 422, ("control_character", "/properties/name")),
        (15, raw("[121.43, 31.235]", name="a\u202eb"), 422, ("bidi_control", "/properties/name")),
        (15, raw("[121.43, 31.235]", name="a\u200bb"), 422, ("zero_width", "/properties/name")),
        (16, raw("[121.43, 31.235]", website="javascript:alert(1)"), 422, ("unsafe_link", "/properties/website")),
        (17, raw("[121.43, 31.235]", colour="red"), 422, ("unknown_property", "/properties/colour")),
        (17, raw("[121.43, 31.235]", __proto__={}), 422, ("unknown_property", "/properties/__proto__")),
        (17, raw("[121.43, 31.235]", constructor=1), 422, ("unknown_property", "/properties/constructor")),
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_with_their_place_and_nothing_is_stored(edited, reviewer, row, body, status, found):
    made, _ = create(reviewer)
    answer = put(reviewer, made["id"], body)
    assert (answer.status_code, found in codes(answer)) == (status, True), (row, answer.text[:300])
    assert all(problem["remedy"] for problem in answer.json["problems"])
    assert history(edited, made["id"]) == [(1, "create", "published")]


def test_every_fault_is_told_at_once(reviewer):
    made, _ = create(reviewer)
    answer = put(reviewer, made["id"], raw("[121.4, 95]", name="", phone=5, colour="red"))
    assert {where for _, where in codes(answer)} == {
        "/geometry/coordinates/1",
        "/properties/name",
        "/properties/phone",
        "/properties/colour",
    }


def test_row_3_a_long_body_and_one_of_unknown_length(reviewer):
    client, token = reviewer
    made, _ = create(reviewer)
    assert put(reviewer, made["id"], b"[" + b" " * (1 << 20) + b"]").status_code == 413
    chunked = client.put(
        f"{LAYER}/{made['id']}",
        headers=token | {"If-Match": '"1"', "Transfer-Encoding": "chunked"},
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert chunked.status_code == 411


def test_row_5_a_place_outside_is_told_and_saved_when_confirmed(edited, reviewer):
    made, _ = create(reviewer)
    there = feature(position=[121.46, 31.235])
    answer = put(reviewer, made["id"], there)
    assert codes(answer) == [("outside_subdistrict", "/geometry")]
    assert "m outside caojiadu" in answer.json["problems"][0]["found"]
    assert len(history(edited, made["id"])) == 1
    sure = put(reviewer, made["id"], there, query="?confirm=outside_subdistrict")
    assert (sure.status_code, [one["code"] for one in sure.json["warnings"]]) == (200, ["outside_subdistrict"])


def test_row_7_a_height_is_dropped_and_told(reviewer):
    made, _ = create(reviewer)
    answer = put(reviewer, made["id"], feature(position=[*INSIDE, 12.5]))
    assert (answer.status_code, answer.json["feature"]["geometry"]["coordinates"]) == (200, INSIDE)
    assert [one["code"] for one in answer.json["warnings"]] == ["z_dropped"]


RING = [[121.43, 31.235], [121.431, 31.235], [121.431, 31.236], [121.43, 31.236], [121.43, 31.235]]


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        ([RING[0], RING[2], RING[1], RING[3], RING[0]], "invalid_polygon"),
        (RING[:-1], "unclosed_ring"),
        ([], "empty_coordinates"),
    ],
)
def test_rows_9_and_11_polygons(reviewer, ring, code):
    client, token = reviewer

    def post(ring):
        body = feature(category="x") | {"geometry": {"type": "Polygon", "coordinates": [ring]}}
        return client.post("/api/layers/heritage_buildings", json=body, headers=token)

    assert code in [found for found, _ in codes(post(ring))]
    clockwise = post(RING[::-1])
    assert (clockwise.status_code, clockwise.json["feature"]["geometry"]["coordinates"][0]) == (201, RING)


def test_row_10_null_where_the_status_says_so(reviewer):
    assert create(reviewer, feature(position=None))[0]["geometry"] is None


def test_rows_12_and_14_what_names_wgs84_and_a_byte_order_mark_are_taken(reviewer):
    made, _ = create(reviewer, feature() | {"crs": {"type": "name", "properties": {"name": "EPSG:4326"}}})
    assert "crs" not in made
    assert put(reviewer, made["id"], b"\xef\xbb\xbf" + json.dumps(made).encode()).status_code == 200


def test_row_13_the_id_is_the_addresss(reviewer):
    made, _ = create(reviewer)
    other = made | {"id": "01JTEST0000000000000000009"}
    assert codes(put(reviewer, made["id"], other)) == [("id_differs", "/id")]
    client, token = reviewer
    assert codes(client.post(LAYER, json=other, headers=token)) == [("unexpected_id", "/id")]


def test_row_15_what_can_be_seen_is_kept_in_nfc(reviewer):
    assert create(reviewer, feature("cafe\u0301"))[0]["properties"]["name"] == "caf\u00e9"


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "`${alert(1)}`",
    "=HYPERLINK(1)",
    "＝1+1",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_rows_16_and_18_markup_and_formulas_are_text(edited, reviewer, name):
    made, _ = create(reviewer, feature(name))
    assert made["properties"]["name"] == name
    client = edited[0].test_client()
    page = client.get("/map/caojiadu/service_kiosks").text
    assert name not in page or name[0] in "`=＝"
    listed = client.get("/map/caojiadu/service_kiosks/list.csv").text
    assert f",'{name}," in listed or name[0] in "<`"


@pytest.mark.parametrize("layer", ["..%2f..%2fx", "..%5cx", "CON", "%00", "托育点", "Service_Kiosks"])
def test_row_20_no_such_layer(reviewer, layer):
    client, token = reviewer
    for method in ("PUT", "DELETE"):
        path = f"/api/layers/{layer}/01J00000000000000000000001"
        answer = client.open(path, method=method, json=feature(), headers=token | {"If-Match": '"1"'})
        assert answer.status_code == 404
    unknown = put(reviewer, "01J00000000000000000000001", feature())
    assert codes(unknown) == [("unknown_feature", "feature")]


# Rows 21 to 23


@pytest.mark.parametrize("match", ['"7"', 'W/"1"', '"x"', '"' + "9" * 30 + '"', '"-1"'])
def test_row_21_without_and_with_another_revision(edited, reviewer, match):
    made, _ = create(reviewer)
    missing = put(reviewer, made["id"], made, None)
    assert (missing.status_code, codes(missing)) == (428, [("if_match_missing", "If-Match")])
    stale = put(reviewer, made["id"], made, match)
    assert (stale.status_code, stale.headers["ETag"]) == (412, '"1"')
    assert stale.json["current"] == {"revision": 1, "state": "published", "feature": made}
    client, token = reviewer
    assert client.delete(f"{LAYER}/{made['id']}", headers=token).status_code == 428
    assert client.delete(f"{LAYER}/{made['id']}", headers=token | {"If-Match": match}).status_code == 412
    assert len(history(edited, made["id"])) == 1


def test_row_21_an_old_revision_gets_what_stands_and_what_goes_together(reviewer):
    made, _ = create(reviewer)
    theirs = made | {"properties": made["properties"] | {"phone": "1", "name": "他们的"}}
    mine = made | {"properties": made["properties"] | {"note": "我的", "name": "我的名字"}}
    assert put(reviewer, made["id"], theirs).status_code == 200
    answer = put(reviewer, made["id"], mine)
    assert (answer.status_code, answer.json["current"]["feature"]) == (412, theirs)
    told = answer.json["merge"]
    assert (told["clashes"], told["theirs"], told["mine"]) == (["name"], ["phone"], ["note"])
    assert told["feature"]["properties"] == theirs["properties"] | {"note": "我的"}


def test_row_22_a_deleted_feature_tells_how_to_restore_it(reviewer):
    client, token = reviewer
    made, _ = create(reviewer)
    path = f"{LAYER}/{made['id']}"
    assert client.delete(path, headers=token | {"If-Match": '"1"'}).status_code == 200
    for answer in (
        put(reviewer, made["id"], made, '"2"'),
        put(reviewer, made["id"], made, '"1"'),
        put(reviewer, made["id"], made, None, **{"If-None-Match": "*"}),
        client.delete(path, headers=token | {"If-Match": '"2"'}),
    ):
        assert (answer.status_code, answer.headers["Link"]) == (410, f'<{path}/restore>; rel="restore"')
    assert client.post(path + "/restore", json={}, headers=token).status_code == 200
    assert client.get(path).json == made


def test_row_23_who_sends_it_and_how(reviewer, edited):
    client, token = reviewer
    made, _ = create(reviewer)
    match = {"If-Match": '"1"'}
    path = f"{LAYER}/{made['id']}"
    assert put(reviewer, made["id"], made, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.put(path, data="{}", content_type="text/plain", headers=token | match).status_code == 415
    assert client.put(path, json=made, headers=match).status_code == 400
    assert edited[0].test_client().put(path, json=made, headers=match).status_code == 401


def test_the_reason_is_plain_text_of_some_length(reviewer):
    made, _ = create(reviewer)
    assert codes(put(reviewer, made["id"], made, query="?why=a%00b")) == [("control_character", "/why")]
    assert codes(put(reviewer, made["id"], made, query="?why=" + "x" * 501)) == [("text_too_long", "/why")]
    assert put(reviewer, made["id"], made, query="?colour=1").status_code == 400


# A race


def test_of_twenty_writes_at_once_exactly_one_wins(edited, writer, reviewer):
    made, _ = create(reviewer)
    gate = threading.Barrier(20)
    statuses: list[int] = []
    mine, _ = edited
    client, token = reviewer
    cookie = client.get_cookie(mine.config["SESSION_COOKIE_NAME"]).value

    def write(number: int) -> None:
        own = mine.test_client()
        own.set_cookie(mine.config["SESSION_COOKIE_NAME"], cookie)
        body = made | {"properties": made["properties"] | {"note": f"第 {number} 个"}}
        gate.wait()
        statuses.append(put((own, token), made["id"], body).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 19
    assert [revision for revision, _, _ in history(edited, made["id"])] == [2, 1]


# Merging

_NAMES = st.sampled_from(["name", "phone", "note", "address"])
_PROPERTIES = st.dictionaries(_NAMES, st.sampled_from(["a", "b", "c"]))
_POSITIONS = st.sampled_from([None, [121.0, 31.0], [122.0, 31.0]])


@st.composite
def bodies(draw):
    position = draw(_POSITIONS)
    geometry = position and {"type": "Point", "coordinates": position}
    status = {"location_status": draw(st.sampled_from(["surveyed", "sample"])) if position else "unlocated"}
    return {"type": "Feature", "id": "01J", "geometry": geometry, "properties": draw(_PROPERTIES) | status}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(bodies(), bodies(), bodies())
def test_nothing_that_somebody_wrote_is_lost_in_a_merge(base, theirs, mine):
    merged = merge(base, theirs, mine)
    by_me, by_them = set(changed_parts(base, mine)), set(changed_parts(base, theirs))
    assert set(merged.mine) | set(merged.clashes) == by_me
    assert set(merged.theirs) == by_them - by_me
    own, his, got = parts_of(mine), parts_of(theirs), parts_of(merged.body)
    assert {name: got.get(name) for name in merged.mine} == {name: own.get(name) for name in merged.mine}
    left = set(his) | set(got) - set(merged.mine)
    assert all(got.get(name) == his.get(name) for name in left - set(merged.mine))
    everything_mine = parts_of(with_choices(merged, mine, merged.clashes))
    assert {name: everything_mine.get(name) for name in by_me} == {name: own.get(name) for name in by_me}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(bodies(), bodies())
def test_a_merge_with_nobody_is_ones_own(base, mine):
    assert merge(base, base, mine).body == body_of("01J", parts_of(mine))
    assert merge(base, mine, mine).clashes == ()
    assert merge(base, mine, base).body == body_of("01J", parts_of(mine))
