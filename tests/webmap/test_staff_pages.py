"""The pages on which staff keep the layers: what waits, forms, merging, history, and what residents say is wrong."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from geo.datum_shift import from_wgs84
from webmap.feature_page import placed
from webmap.revisions import feature_revisions, read_head
from webmap.staff_form import coordinates_of, read_form, typed_of, wgs84_point
from webmap.store_schema import HISTORY
from webmap.work_list import KINDS, is_stale, work_list
from webmap.wrong_reports import BY_ADDRESS, waiting_reports

LAYER = "service_kiosks"
HERE = "121.43, 31.235"


@pytest.fixture
def enter(edited, sign_in) -> Callable[[str], tuple[FlaskClient, str]]:
    """Signs somebody in and gives the client with its token."""

    def sign(role: str) -> tuple[FlaskClient, str]:
        client = edited[0].test_client()
        return client, sign_in(client, edited[1][role])

    return sign


@pytest.fixture
def reviewer(enter):
    return enter("reviewer")


@pytest.fixture
def store(edited):
    return edited[0].extensions["lifecircle.results"].store()


def form(**changes: str) -> dict[str, str]:
    """What stands in a form that can be saved."""
    typed = {"name": "一处", "subdistrict": "caojiadu", "location_status": "surveyed", "source": "走访"}
    return typed | {"coordinates": HERE, "datum": "wgs84", "action": "publish"} | changes


def made(who, **changes: str) -> str:
    """Make a feature by the form and return its id."""
    client, token = who
    answer = client.post(f"/staff/caojiadu/{LAYER}/new", data=form(**changes) | {"csrf_token": token})
    assert answer.status_code == 303, plain(answer.text)
    return answer.location.split("?")[0].rsplit("/", 1)[1]


def save(who, feature: str, made_from: int = 1, **changes: str):
    client, token = who
    typed = form(**changes) | {"csrf_token": token, "made_from": str(made_from)}
    return client.post(f"/staff/feature/{LAYER}/{feature}", data=typed)


def decide(who, feature: str, what: str, revision: int, why: str = ""):
    client, token = who
    typed = {"csrf_token": token, "revision": str(revision), "why": why}
    return client.post(f"/staff/feature/{LAYER}/{feature}/{what}", data=typed)


def head(store, feature: str):
    with store.reading() as connection:
        return read_head(connection, LAYER, feature)


def plain(page: str) -> str:
    """A page's words without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


# What waits


def test_every_way_into_the_desk_needs_an_account(client):
    for path in ("/staff", "/staff/caojiadu/nurseries", "/staff/caojiadu/checks", f"/staff/feature/{LAYER}/x"):
        assert client.get(path).status_code == 303, path


def test_the_work_list_counts_what_the_layers_hold(edited, enter, store):
    client, _ = enter("viewer")
    page = client.get("/staff").text
    told = {kind: int(count) for kind, count in re.findall(r"kind=(\w+)[^>]*>[^<]*<b>(\d+)</b>", page)}
    now = edited[0].extensions["lifecircle.results"].current()
    statuses = [
        facility.properties["location_status"] for layer in now.live.facilities.values() for facility in layer.values()
    ]
    for kind in ("unlocated", "sample", "approximate"):
        assert told[kind] == statuses.count(kind)
    few = client.get("/staff?kind=unlocated&in=hudong&of=elder_homes").text
    items = re.findall(r'href="/staff/feature/(\w+)/', few)
    assert items
    assert set(items) == {"elder_homes"}
    for odd in ("page=0", "page=99999", "page=x", "kind=x", "in=x&of=y"):
        assert client.get(f"/staff?{odd}").status_code == 200


def test_an_editor_sees_only_their_own_work(edited, enter, store):
    _, accounts = edited
    assert accounts["heritage_editor"]
    client, _ = enter("heritage_editor")
    found = set(re.findall(r"/staff/feature/(\w+)/", client.get("/staff").text))
    assert found <= {"heritage_buildings"}


def test_stale_is_older_than_the_layer_allows(edited):
    layer = edited[0].extensions["lifecircle.results"].current().catalog.layers["nurseries"]
    day = dt.date(2026, 11, 1)
    limit = layer.stale_after_days
    assert limit
    assert is_stale(layer, (day - dt.timedelta(days=limit + 1)).isoformat(), day)
    assert not is_stale(layer, (day - dt.timedelta(days=limit)).isoformat(), day)
    assert not is_stale(layer, None, day)


def test_the_most_urgent_comes_first(edited, reviewer, enter, store):
    feature = made(reviewer)
    assert save(enter("editor"), feature, action="review", note="改了").status_code == 303
    from webmap.staff_roles import Staff

    with store.reading() as connection:
        catalog = edited[0].extensions["lifecircle.results"].current().catalog
        items = work_list(connection, catalog, Staff("1", "r", "r", "reviewer"), dt.date(2026, 11, 1))
    ranks = [KINDS.index(item.kinds[0]) for item in items]
    assert ranks == sorted(ranks)
    assert feature in [item.feature for item in items if "review" in item.kinds]


# The table of a layer


def names_in(page: str) -> list[str]:
    return re.findall(r'href="/staff/feature/practice_stations/\w+">([^<]+)</a>', page)


def test_a_layer_is_searched_sorted_and_paged_without_scripts(reviewer):
    client, _ = reviewer
    path = "/staff/caojiadu/practice_stations"
    names = names_in(client.get(path).text)
    assert names == sorted(names)
    assert len(names) > 20
    assert names_in(client.get(path + "?sort=-name").text) == names[::-1]
    found = names_in(client.get(path + "?q=楼宇").text)
    assert found == [name for name in names if "楼宇" in name]
    assert found
    assert names_in(client.get(path + "?q=%3Cimg").text) == []
    assert client.get(path + "?sort=x").status_code == 400
    assert client.get("/staff/caojiadu/nothing").status_code == 404


# The form


def test_a_feature_is_made_by_a_form_and_published(reviewer, store):
    feature = made(reviewer, name="新站", capacity="12", verified_on="2026-11-01", why="新开的")
    body = head(store, feature).published_body
    assert body["geometry"] == {"type": "Point", "coordinates": [121.43, 31.235]}
    assert body["properties"] == {
        "name": "新站",
        "subdistrict": "caojiadu",
        "location_status": "surveyed",
        "capacity": 12,
        "verified_on": "2026-11-01",
        "source": "走访",
    }
    page = reviewer[0].get(f"/staff/feature/{LAYER}/{feature}?saved=1").text
    assert "已存成版本 1" in page


def test_a_form_keeps_everything_that_is_known(reviewer, store):
    for layer in ("heritage_buildings", "practice_stations"):
        found = reviewer[0].get(f"/api/layers/{layer}").json["features"]
        catalog = reviewer[0].application.extensions["lifecircle.results"].current().catalog
        for feature in found:
            raw, problems = read_form(typed_of(feature, ""), catalog.layers[layer], feature["id"], feature)
            assert (raw, problems) == (feature, ())


def test_faults_stand_under_their_fields_and_the_text_is_kept(reviewer, store):
    feature = made(reviewer)
    answer = save(reviewer, feature, name="", coordinates="31.235, 121.43", capacity="<b>many", phone="021\u202e1")
    assert answer.status_code == 422
    page = answer.text
    for field in ("name", "coordinates", "capacity", "phone"):
        assert f'id="{field}-fault"' in page, field
    assert 'value="31.235, 121.43"' in page
    assert "&lt;b&gt;many" in page
    assert "像是经度和纬度写反了" in plain(page)
    assert "这里要填数字" in plain(page)
    assert head(store, feature).revision == 1


def test_english_faults_have_no_chinese(reviewer):
    feature = made(reviewer, name="Kiosk")
    client, token = reviewer
    typed = form(name="", coordinates="x", capacity="y") | {"csrf_token": token, "made_from": "1"}
    page = client.post(f"/staff/feature/{LAYER}/{feature}?lang=en", data=typed).text
    faults = re.findall(r'class="field-fault".*?</div>', page, re.DOTALL)
    assert len(faults) == 3
    assert not re.search(r"[\u4e00-\u9fff]", "".join(faults))


def test_a_place_outside_is_saved_when_it_is_confirmed(reviewer, store):
    feature = made(reviewer)
    answer = save(reviewer, feature, coordinates="121.46, 31.235")
    assert answer.status_code == 422
    assert "位置在街道外" in answer.text
    assert 'name="confirm"' in answer.text
    assert save(reviewer, feature, coordinates="121.46, 31.235", confirm="outside_subdistrict").status_code == 303


def test_coordinates_of_another_datum_are_turned_once(reviewer, store):
    feature = made(reviewer, coordinates="121.434546, 31.233080", datum="gcj02")
    lon, lat = head(store, feature).body["geometry"]["coordinates"]
    assert abs(lon - 121.43) < 2e-4
    assert abs(lat - 31.235) < 2e-4
    assert wgs84_point({"coordinates": "121.43，31.235"}) == (121.43, 31.235)
    assert wgs84_point({"coordinates": "somewhere"}) is None


def test_a_new_place_for_a_sample_must_say_how_it_is_known(reviewer, store):
    feature = made(reviewer, location_status="sample")
    kept = save(reviewer, feature, location_status="sample", coordinates="121.4301, 31.235")
    assert kept.status_code == 422
    assert 'id="location_status-fault"' in kept.text
    assert save(reviewer, feature, coordinates="121.4301, 31.235").status_code == 303
    assert save(reviewer, feature, 2, location_status="unlocated", coordinates="121.4301, 31.235").status_code == 303
    assert head(store, feature).body["geometry"] is None


def test_an_address_gives_candidates_and_each_says_how_far_off_it_may_be(reviewer, store):
    feature = made(reviewer)
    found = save(reviewer, feature, action="find", where="康定路 万航渡路", note="没存的话")
    assert found.status_code == 200
    assert "没存的话" in found.text
    labels = [html.unescape(one) for one in re.findall(r'name="candidate" value="([^"]+)"', found.text)]
    assert labels
    assert found.text.count("误差约") >= len(labels)
    taken = save(reviewer, feature, action="place", where="康定路 万航渡路", candidate=labels[0], note="没存的话")
    place = re.search(r'name="coordinates" value="([^"]+)"', taken.text)[1]
    assert place != HERE
    assert int(re.search(r'name="accuracy_m" value="(\d+)"', taken.text)[1]) > 0
    assert re.search(r'value="approximate" selected', taken.text)
    assert head(store, feature).revision == 1
    nothing = save(reviewer, feature, action="find", where="zzzz")
    assert "没找到" in nothing.text
    assert save(reviewer, feature, action="enter").status_code == 200
    assert head(store, feature).revision == 1


def test_a_house_number_is_an_address_and_a_crossing_is_not():
    from geo.gazetteer import Candidate

    number = placed({}, Candidate("x", 121.43, 31.23, 12.4, "between_numbers", "caojiadu"))
    crossing = placed({}, Candidate("x", 121.43, 31.23, 30, "crossing", "caojiadu"))
    assert (number["location_status"], number["accuracy_m"]) == ("address", "12")
    assert (crossing["location_status"], crossing["coordinates"]) == ("approximate", "121.43, 31.23")


# Areas


RING = [[121.43, 31.235], [121.431, 31.235], [121.431, 31.236], [121.43, 31.235]]
AREA = {"type": "Polygon", "coordinates": [RING]}


@pytest.fixture
def area(reviewer):
    """Return a published area with the address of its form, and what sends the form with `changes`."""
    client, token = reviewer
    properties = {"name": "园", "subdistrict": "caojiadu", "location_status": "surveyed", "source": "走访"}
    body = {"type": "Feature", "geometry": AREA, "properties": properties | {"category": "x"}}
    feature = client.post("/api/layers/heritage_buildings", json=body, headers={"X-CSRFToken": token}).json["feature"]
    path = f"/staff/feature/heritage_buildings/{feature['id']}"

    def send(**changes):
        typed = typed_of(feature, "") | {"csrf_token": token, "made_from": "1", "action": "publish", "why": "看过"}
        return client.post(path, data=typed | changes)

    send.path, send.geometry = (
        path,
        lambda: client.get(f"/api/layers/heritage_buildings/{feature['id']}").json["geometry"],
    )
    return send


def test_the_shape_of_an_area_is_not_lost_by_its_form(reviewer, area):
    page = reviewer[0].get(area.path).text
    assert 'name="coordinates"' not in page
    assert "POLYGON ((121.43 31.235, 121.431 31.235, 121.431 31.236, 121.43 31.235))" in page
    assert area(name="大园").status_code == 303
    assert area.geometry() == AREA


def test_a_pasted_shape_is_converted_shown_and_kept(area):
    moved = [[lon + 0.0005, lat] for lon, lat in RING]
    gcj = from_wgs84(np.array(moved), "gcj02").tolist()
    pasted = json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [gcj]}})
    shown = area(shape=pasted, datum="gcj02", action="preview")
    assert shown.status_code == 200
    wkt = html.unescape(re.search(r"<textarea id=.shape.*?>(POLYGON.*?)</textarea>", shown.text, re.DOTALL)[1])
    assert '<option value="wgs84" selected>' in shown.text
    assert area.geometry() == AREA, "looking saves nothing"
    assert area(shape=wkt).status_code == 303
    np.testing.assert_allclose(area.geometry()["coordinates"][0], moved, atol=2e-7)


def test_an_area_may_become_a_point(area):
    assert area(shape="POINT (121.4302 31.2352)").status_code == 303
    assert area.geometry() == {"type": "Point", "coordinates": [121.4302, 31.2352]}


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("地方", "形状看不懂"),
        ("POLYGON ((", "形状看不懂"),
        ("MULTIPOLYGON (((121.43 31.235, 121.431 31.235, 121.431 31.236, 121.43 31.235)))", "形状看不懂"),
        ('{"type": "FeatureCollection", "features": []}', "形状看不懂"),
        ('{"a": ' * 5000, "形状看不懂"),
        ('{"type": "LineString", "coordinates": [[121.43, 31.235], [121.44, 31.235]]}', "这一层不收这种图形"),
        ("POLYGON ((121.43 31.235, 121.432 31.237, 121.432 31.235, 121.43 31.237, 121.43 31.235))", "边线自己交叉"),
        ("POLYGON ((31.235 121.43, 31.235 121.431, 31.236 121.431, 31.235 121.43))", "像是经度和纬度写反了"),
        ('{"type": "Polygon", "coordinates": [[[121.43, 31.235], [121.431, 31.235], [121.431, 31.236]]]}', "没有闭合"),
        ('{"type": "Polygon", "coordinates": "<script>"}', "坐标"),
    ],
)
def test_a_shape_that_is_none_is_refused_and_kept_in_the_form(area, shape, words):
    for action, status in (("preview", 200), ("publish", 422)):
        answer = area(shape=shape, action=action)
        assert answer.status_code == status
        assert words in answer.text
        assert shape[:40] in html.unescape(answer.text)
        assert "<script>" not in answer.text.partition("<textarea")[2].partition("</textarea>")[0]
    assert area.geometry() == AREA


def test_hostile_names_are_text_on_every_page(reviewer):
    name = '"><script>alert(1)</script>`${x}`'
    feature = made(reviewer, name=name)
    client, _ = reviewer
    for path in (
        f"/staff/feature/{LAYER}/{feature}",
        f"/staff/feature/{LAYER}/{feature}/history",
        f"/staff/caojiadu/{LAYER}",
        f"/wrong/{LAYER}/{feature}",
    ):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_viewer_reads_and_may_not_write(enter, reviewer):
    feature = made(reviewer)
    viewer = enter("viewer")
    page = viewer[0].get(f"/staff/feature/{LAYER}/{feature}").text
    assert 'value="publish"' not in page
    assert save(viewer, feature).status_code == 403
    assert save(enter("heritage_editor"), feature).status_code == 403


# Two people


def test_changes_to_different_fields_go_together(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert save(reviewer, feature, phone="021-1").status_code == 303
    answer = save(editor, feature, address="康定路1号", action="draft")
    assert answer.status_code == 303
    assert "together=phone" in answer.location
    body = head(store, feature).body
    assert (body["properties"]["phone"], body["properties"]["address"]) == ("021-1", "康定路1号")
    assert "别人刚改的也在里面：电话" in editor[0].get(answer.location).text


def merge_form(page: str, token: str) -> dict[str, str]:
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in hidden} | {"csrf_token": token}


def test_the_same_field_is_asked_about_and_nothing_is_lost(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert save(reviewer, feature, address="万航渡路674弄2号", phone="021-1", why="按名单").status_code == 303
    answer = save(editor, feature, address="万航渡路676弄", note="我的备注", why="路过看的", action="review")
    assert answer.status_code == 409
    page = plain(answer.text)
    for told in ("万航渡路674弄2号", "万航渡路676弄", "按名单", "路过看的", "reviewer的名字", "我的备注", "021-1"):
        assert told in page, told
    assert "checked" not in answer.text
    client, token = editor
    typed = merge_form(answer.text, token)
    path = f"/staff/feature/{LAYER}/{feature}/merge"
    again = client.post(path, data=typed)
    assert again.status_code == 409
    assert "还差 1 处没选" in again.text
    back = client.post(path, data=typed | {"way": "back"})
    assert 'value="万航渡路676弄"' in back.text
    assert "我的备注" in back.text
    assert head(store, feature).revision == 2
    done = client.post(path, data=typed | {"choice-address": "mine"})
    assert done.status_code == 303
    now = head(store, feature)
    assert now.state == "review"
    assert now.body["properties"]["address"] == "万航渡路676弄"
    assert now.body["properties"]["phone"] == "021-1"
    assert now.body["properties"]["note"] == "我的备注"


def test_a_choice_made_before_a_third_change_is_asked_again(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert save(reviewer, feature, address="甲").status_code == 303
    first = save(editor, feature, address="乙", action="review")
    assert save(reviewer, feature, 2, address="丙").status_code == 303
    client, token = editor
    typed = merge_form(first.text, token) | {"choice-address": "mine"}
    again = client.post(f"/staff/feature/{LAYER}/{feature}/merge", data=typed)
    assert again.status_code == 409
    assert "丙" in again.text
    assert head(store, feature).body["properties"]["address"] == "丙"


def test_a_place_and_its_accuracy_clash_as_one(reviewer, enter):
    feature = made(reviewer, location_status="approximate", accuracy_m="150")
    near = {"location_status": "approximate", "accuracy_m": "20", "coordinates": "121.4301, 31.235"}
    assert save(reviewer, feature, **near).status_code == 303
    answer = save(enter("editor"), feature, location_status="surveyed", coordinates="121.4302, 31.235", action="draft")
    page = plain(answer.text)
    assert answer.status_code == 409
    assert answer.text.count('class="choice"') == 1
    assert "大概，误差 20 m" in page
    assert "10 m" in page  # between the two


def test_what_somebody_deleted_meanwhile_is_told_and_the_text_kept(reviewer, enter, store):
    feature = made(reviewer)
    assert decide(reviewer, feature, "delete", 1, "拆了").status_code == 303
    answer = save(enter("editor"), feature, note="我的备注", action="draft")
    assert answer.status_code == 410
    assert "删掉了" in answer.text
    assert head(store, feature).revision == 2


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"id": "x"}', "\ud800", '{"id": 1, "properties": {}}'])
def test_a_forged_merge_is_refused(reviewer, raw):
    feature = made(reviewer)
    client, token = reviewer
    typed = {"csrf_token": token, "mine": raw.encode("utf-8", "replace"), "made_from": "1", "seen": "1"}
    assert client.post(f"/staff/feature/{LAYER}/{feature}/merge", data=typed).status_code in (400, 422)
    forged = {"type": "Feature", "id": feature, "geometry": None, "properties": {"name": "x", "colour": 1}}
    answer = client.post(f"/staff/feature/{LAYER}/{feature}/merge", data=typed | {"mine": json.dumps(forged)})
    assert answer.status_code == 422


# Decisions and history


def test_review_publish_reject_and_undo(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert save(editor, feature, phone="021-9", action="review", why="打过电话").status_code == 303
    page = plain(reviewer[0].get(f"/staff/feature/{LAYER}/{feature}").text)
    assert "打过电话" in page
    assert "021-9" in page
    assert decide(editor, feature, "publish", 2).status_code == 403
    assert decide(reviewer, feature, "reject", 2).status_code == 422
    assert decide(reviewer, feature, "reject", 2, "打不通").status_code == 303
    assert head(store, feature).body == head(store, feature).published_body
    assert save(editor, feature, 3, phone="021-8", action="review").status_code == 303
    assert decide(reviewer, feature, "publish", 3).status_code == 409
    assert decide(reviewer, feature, "publish", 4).status_code == 303
    assert head(store, feature).published_body["properties"]["phone"] == "021-8"
    assert decide(reviewer, feature, "undo", 5).status_code == 303
    assert "phone" not in head(store, feature).published_body["properties"]
    assert decide(editor, feature, "restore", 4).status_code == 303
    assert head(store, feature).state == "review"
    history = plain(editor[0].get(f"/staff/feature/{LAYER}/{feature}/history").text)
    for told in ("退回", "打不通", "撤销", "恢复", "021-8", "editor的名字", "reviewer的名字"):
        assert told in history, told
    with store.reading() as connection:
        kept = [(one.operation, one.state) for one in feature_revisions(connection, LAYER, feature)]
    assert kept == [
        ("restore", "review"),
        ("undo", "published"),
        ("publish", "published"),
        ("update", "review"),
        ("reject", "published"),
        ("update", "review"),
        ("create", "published"),
    ]


def test_an_editor_takes_back_what_they_sent(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert save(editor, feature, phone="1", action="review").status_code == 303
    assert decide(editor, feature, "undo", 2).status_code == 303
    assert (head(store, feature).state, head(store, feature).revision) == ("published", 3)
    assert decide(editor, feature, "undo", 2).status_code == 409


def test_deleting_wants_a_reason_and_can_be_taken_back(reviewer, enter, store):
    feature = made(reviewer)
    editor = enter("editor")
    assert decide(editor, feature, "delete", 1).status_code == 422
    assert decide(editor, feature, "delete", 1, "拆了").status_code == 303
    assert reviewer[0].get(f"/api/layers/{LAYER}/{feature}").status_code == 200
    assert "有人想删掉它" in reviewer[0].get(f"/staff/feature/{LAYER}/{feature}").text
    assert decide(reviewer, feature, "publish", 2).status_code == 303
    assert reviewer[0].get(f"/api/layers/{LAYER}/{feature}").status_code == 404
    assert "它已经删掉了" in reviewer[0].get(f"/staff/feature/{LAYER}/{feature}").text
    assert decide(reviewer, feature, "restore", 1).status_code == 303
    assert reviewer[0].get(f"/api/layers/{LAYER}/{feature}").status_code == 200
    for odd in ("", "x", "-1", "9" * 20):
        client, token = reviewer
        path = f"/staff/feature/{LAYER}/{feature}/undo"
        assert client.post(path, data={"csrf_token": token, "revision": odd}).status_code == 400


def test_the_checks_of_a_subdistrict_are_listed_by_layer_and_counted_for_planners(edited, reviewer):
    made(reviewer, name="同名的一站")
    made(reviewer, name="同名的一站")
    page = reviewer[0].get("/staff/caojiadu/checks").text
    assert page.count('class="card check-layer"') > 3
    assert "/staff/feature/practice_stations/" in page
    assert reviewer[0].get("/staff/nowhere/checks").status_code == 404
    wrong = re.findall(r'id="layer-(\w+)".*?像错的 (\d+)', page, re.DOTALL)
    counted = re.findall(r'#layer-(\w+)">(\d+) 处像是错的', reviewer[0].get("/planner/caojiadu").text)
    assert LAYER in dict(counted)
    assert set(counted) <= set(wrong)
    anonymous = edited[0].test_client().get("/planner/caojiadu")
    assert "像是错的" not in anonymous.text
    assert anonymous.headers.getlist("Set-Cookie") == []


# What residents say is wrong


def test_a_resident_says_what_is_wrong_without_leaving_anything_of_themselves(edited, reviewer, store):
    feature = made(reviewer)
    resident = edited[0].test_client()
    path = f"/wrong/{LAYER}/{feature}"
    assert "不用留名字" in resident.get(path).text
    before = resident.get(f"/map/caojiadu/{LAYER}").text
    assert path in before
    answer = resident.post(path, data={"kind": "closed", "words": "搬到对面 <b>20</b> 号了"})
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (303, [])
    assert "谢谢" in resident.get(answer.location).text
    with store.reading() as connection:
        told = waiting_reports(connection)[LAYER, feature]
        kept = "".join(str(row) for row in connection.execute(HISTORY.select().order_by(HISTORY.c.seq.desc()).limit(1)))
    assert [(one.kind, one.words) for one in told] == [("closed", "搬到对面 <b>20</b> 号了")]
    assert "127.0.0.1" not in kept + str(told)
    assert "搬到" not in kept
    client, token = reviewer
    assert "居民说：已经关了或搬走了" in client.get("/staff?kind=wrong").text
    page = client.get(f"/staff/feature/{LAYER}/{feature}").text
    assert "&lt;b&gt;20" in page
    settle = f"/staff/feature/{LAYER}/{feature}/settle"
    assert client.post(settle, data={"csrf_token": token, "report": told[0].id, "why": ""}).status_code == 422
    assert (
        client.post(settle, data={"csrf_token": token, "report": told[0].id, "why": "去看过，改了"}).status_code == 303
    )
    assert client.post(settle, data={"csrf_token": token, "report": told[0].id, "why": "又一次"}).status_code == 404
    assert "去看过，改了" in client.get(f"/staff/feature/{LAYER}/{feature}/history").text
    with store.reading() as connection:
        assert (LAYER, feature) not in waiting_reports(connection)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"kind": "place", "words": "x" * 301}, "words"),
        ({"kind": "place", "words": "a\u202eb"}, "words"),
    ],
)
def test_a_report_that_cannot_be_kept_keeps_its_text(edited, reviewer, typed: dict[str, Any], field):
    feature = made(reviewer)
    answer = edited[0].test_client().post(f"/wrong/{LAYER}/{feature}", data=typed)
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert html.escape(typed.get("words", "")) in answer.text


def test_reports_from_one_address_are_limited_and_nothing_is_told_of_what_is_not_there(edited, reviewer):
    feature = made(reviewer)
    resident = edited[0].test_client()
    path = f"/wrong/{LAYER}/{feature}"
    sent = [
        resident.post(path, data={"kind": "hours"}, environ_base={"REMOTE_ADDR": "10.0.0.9"})
        for _ in range(BY_ADDRESS.amount + 1)
    ]
    assert [one.status_code for one in sent] == [303] * BY_ADDRESS.amount + [429]
    assert int(sent[-1].headers["Retry-After"]) > 0
    other = resident.post(path, data={"kind": "hours"}, environ_base={"REMOTE_ADDR": "10.0.0.10"})
    assert other.status_code == 303
    assert resident.post(path, data={"kind": "hours"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert resident.get(f"/wrong/{LAYER}/01J00000000000000000000001").status_code == 404


def test_coordinates_are_written_short():
    assert coordinates_of({"type": "Point", "coordinates": [121.43, 31.2]}) == "121.43, 31.2"
    assert coordinates_of(None) == ""
