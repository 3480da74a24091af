"""The pages about accounts: one's own, everybody's, and who did what."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from webmap.account_records import find_account
from webmap.account_tables import SESSION
from webmap.history import record_event
from webmap.refusal_record import Refusals, network_of
from webmap.secret_key import read_secret_key
from webmap.staff_roles import ROLES, Staff
from webmap.store_schema import HISTORY


@pytest.fixture
def store(app):
    return app.extensions["lifecircle.results"].store()


@pytest.fixture
def admin(app, signed_in):
    """An administrator's client, and a way to send its forms."""
    client = app.test_client()
    token = signed_in(client, "administrator")

    def send(path, **form):
        return client.post(path, data={"csrf_token": token, **form})

    client.send = send
    return client


def secret_in(page):
    return re.search(r"<code>([a-z2-9-]{19})</code>", page.text)[1]


def enter(client, login, password):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff/login").text)[1]
    return client.post("/staff/login", data={"csrf_token": token, "login": login, "password": password})


# A one-time password


def test_a_new_account_begins_with_a_one_time_password(app, admin, store):
    added = admin.send("/staff/accounts", login="new.one", name="新来的", role="planner")
    assert added.status_code == 200
    assert added.headers["Cache-Control"] == "no-store"
    secret = secret_in(added)
    client = app.test_client()
    assert enter(client, "new.one", secret).status_code == 303
    for path in ("/staff/audit", "/staff/accounts"):
        assert client.get(path).location == "/staff/account", "nothing else before the password is changed"
    page = client.get("/staff/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    form = {"csrf_token": token, "current": secret, "password": "a password of mine", "again": "a password of mine"}
    assert client.post("/staff/account/password", data=form).status_code == 303
    assert client.get("/staff/accounts").status_code == 403
    assert enter(app.test_client(), "new.one", secret).status_code == 401
    with store.reading() as connection:
        kept = "".join(str(tuple(row)) for row in connection.execute(select(HISTORY)))
    assert secret not in kept
    assert "a password of mine" not in kept


def test_a_one_time_password_runs_out(app, admin, store):
    secret = secret_in(admin.send("/staff/accounts", login="late.one", name="晚来的", role="viewer"))
    from webmap.account_tables import ACCOUNT

    with store.writing() as connection:
        mine = ACCOUNT.c.login == "late.one"
        connection.execute(ACCOUNT.update().where(mine).values(one_time_until="2020-01-01T00:00:00.000000Z"))
    assert enter(app.test_client(), "late.one", secret).status_code == 401
    again = secret_in(admin.send("/staff/accounts/late.one/password"))
    assert again != secret
    assert enter(app.test_client(), "late.one", again).status_code == 303


# Everybody's accounts


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"login": "viewer", "name": "重名"}, "已经有人用了"),
        ({"login": "a b", "name": "x"}, "小写字母"),
        ({"login": "seed", "name": "x"}, "另有用处"),
        ({"login": "fine.one", "name": "\u202eevil"}, "看不见"),
        ({"login": "fine.one", "name": ""}, "名字要 1 到 40"),
        ({"login": "fine.one", "name": "x", "role": "emperor"}, "没有这个角色"),
        ({"login": "fine.one", "name": "x", "role": "editor"}, "哪些图层"),
        ({"login": "fine.one", "name": "x", "role": "editor", "layers": "mars"}, "重新选"),
    ],
)
def test_a_form_at_fault_says_where_and_keeps_what_was_typed(admin, store, form, told):
    answer = admin.send("/staff/accounts", **({"role": "viewer"} | form))
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{form["login"]}"' in answer.text
    with store.reading() as connection:
        assert find_account(connection, "fine.one") is None


def test_a_role_counts_from_the_next_request_on(app, admin, sign_in, store):
    secret = secret_in(admin.send("/staff/accounts", login="rising", name="升职的", role="viewer"))
    client = app.test_client()
    enter(client, "rising", secret)
    page = client.get("/staff/account")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    form = {"csrf_token": token, "current": secret, "password": "a password of mine", "again": "a password of mine"}
    client.post("/staff/account/password", data=form)
    assert client.get("/staff/audit").status_code == 403
    assert admin.send("/staff/accounts/rising", role="administrator").status_code == 303
    assert client.get("/staff/audit").status_code == 200
    changed = admin.send(
        "/staff/accounts/rising", role="editor", layers=["heritage_buildings", "meal_points"], subdistricts="caojiadu"
    )
    assert changed.status_code == 303
    assert client.get("/staff/audit").status_code == 403
    with store.reading() as connection:
        staff = find_account(connection, "rising").staff
    assert staff.layers == ("heritage_buildings", "meal_points")
    assert staff.subdistricts == ("caojiadu",)
    assert admin.send("/staff/accounts/rising/state", state="disabled").status_code == 303
    assert client.get("/staff/account").status_code == 401


def test_markup_in_a_name_stays_text(admin):
    admin.send("/staff/accounts", login="hostile", name="<img src=x onerror=alert(1)>`${1}`", role="viewer")
    for path in ("/staff/accounts", "/staff/accounts/hostile", "/staff/audit"):
        page = admin.get(path).text
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_what_there_is_not_is_404_for_who_may_ask(admin):
    assert admin.get("/staff/accounts/nobody").status_code == 404
    for path in ("", "/state", "/password"):
        assert admin.send(f"/staff/accounts/nobody{path}", role="viewer").status_code == 404


# One's own account


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"again": "something else"}, "两次写的不一样"),
        ({"password": "short", "again": "short"}, "太短了"),
        ({"password": "password123456", "again": "password123456"}, "一猜就中"),
        ({"current": "not mine"}, "现在的密码不对"),
        ({"password": "long enough for planner", "again": "long enough for planner"}, "和现在的一样"),
    ],
)
def test_a_password_is_not_changed_by_a_form_at_fault(client, signed_in, change, told):
    token = signed_in(client, "planner")
    form = {"current": "long enough for planner", "password": "another long one", "again": "another long one"}
    answer = client.post("/staff/account/password", data={"csrf_token": token, **form, **change})
    assert answer.status_code == 422
    assert told in answer.text
    assert client.get("/staff/account").status_code == 200


def test_sessions_elsewhere_can_be_ended_and_those_of_others_cannot(app, signed_in, accounts, store):
    here, there, somebody = app.test_client(), app.test_client(), app.test_client()
    for client in (there, here):
        token = signed_in(client, "planner")
    signed_in(somebody, "viewer")
    with store.reading() as connection:
        every = connection.execute(select(SESSION.c.id_hash).where(SESSION.c.ended.is_(None))).scalars().all()
    for id_hash in every:
        here.post("/staff/account/sessions", data={"csrf_token": token, "which": id_hash})
    assert here.get("/staff/account").status_code == 200
    assert there.get("/staff/account").status_code == 401
    assert somebody.get("/staff/account").status_code == 200


# Who did what


def test_the_record_is_found_by_person_layer_and_day(admin, store):
    with store.writing() as connection:
        record_event(connection, "administrator", "role_changed", "", {"account": "the one to find"})
    assert "the one to find" in admin.get("/staff/audit?person=administrator&layer=*").text
    assert "the one to find" not in admin.get("/staff/audit?person=seed").text
    assert "the one to find" not in admin.get("/staff/audit?layer=heritage_buildings").text
    assert "the one to find" not in admin.get("/staff/audit?until=2020-01-01").text
    assert "没有这样的记录" in admin.get("/staff/audit?until=2020-01-01").text
    assert "the one to find" in admin.get("/staff/audit?layer=*&since=2020-01-01").text


def test_the_record_is_turned_page_by_page_without_a_gap(admin, store):
    seen, path = [], "/staff/audit?person=lifecircle"
    while path:
        page = admin.get(path).text
        seen += [int(number) for number in re.findall(r'data-entry="(\d+)"', page)]
        found = re.search(r'href="([^"]*before=\d+)"', page)
        path = found[1].replace("&amp;", "&") if found else None
    with store.reading() as connection:
        query = select(HISTORY.c.seq).where(HISTORY.c.who == "lifecircle").order_by(HISTORY.c.seq.desc())
        assert seen == connection.execute(query).scalars().all()
    assert len(seen) > 50


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-13-01", "layer=mars", "before=x", "before=" + "9" * 30]
)
def test_a_question_at_fault_is_400(admin, query):
    assert admin.get(f"/staff/audit?{query}").status_code == 400


def test_refusals_are_in_the_record_and_a_flood_is_one_entry(app, store, client):
    app.extensions["lifecircle.refusals"] = Refusals()  # other tests of this minute may have used up its addresses

    def written():
        with store.reading() as connection:
            query = select(HISTORY).where(HISTORY.c.operation == "refused").order_by(HISTORY.c.seq)
            return [row for row in connection.execute(query) if "203.0.113." in row.after]

    client.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    for _ in range(30):
        assert client.post("/staff/accounts").status_code == 401
    assert 1 <= len(written()) <= 2
    assert written()[0].who == "anonymous"
    assert "not_signed_in" in written()[0].after
    for number in range(100, 200):
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        client.post("/staff/accounts")
    assert len(written()) <= 2 * 32, "many addresses at once are written as one"


def test_a_flood_leaves_its_number_in_the_next_entry(store, monkeypatch):
    refusals, clock = Refusals(), [6e9]
    monkeypatch.setattr("webmap.refusal_record.time.time", lambda: clock[0])
    for _ in range(500):
        refusals.note(store, None, "198.51.100.9", {"reason": "not_signed_in"})
    clock[0] += 60
    refusals.note(store, None, "198.51.100.9", {"reason": "not_signed_in"})
    with store.reading() as connection:
        query = select(HISTORY.c.after).where(HISTORY.c.operation == "refused").order_by(HISTORY.c.seq)
        told = [after for after in connection.execute(query).scalars() if "198.51.100.9" in after]
    assert len(told) == 2
    assert '"not_written_before":499' in told[1]


def test_addresses_of_one_household_count_as_one():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("unix") == "unknown"


# What rests on nothing else


def test_each_role_includes_those_before_it():
    for number, role in enumerate(ROLES):
        staff = Staff("1", "x", "x", role)
        assert [staff.includes(other) for other in ROLES] == [k <= number for k in range(len(ROLES))]
        assert staff.may_publish is (number >= 3)
        assert staff.may_edit("any", "where") is (number >= 3)


def test_the_key_is_made_once_and_for_the_service_alone(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from geo.errors import DataError
    from webmap.config import Config
    from webmap.staff_config import StaffConfig

    config = Config(instance=tmp_path / "new")
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: read_secret_key(config), range(32)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [path.name for path in config.instance.iterdir()] == ["secret_key"]
    assert (config.instance / "secret_key").stat().st_mode & 0o777 == 0o600
    named = tmp_path / "of my own"
    named.write_text("k" * 40, encoding="ascii")
    assert read_secret_key(Config(instance=tmp_path, staff=StaffConfig(secret_file=named))) == "k" * 40
    named.write_text("short", encoding="ascii")
    with pytest.raises(DataError, match="too short"):
        read_secret_key(Config(instance=tmp_path, staff=StaffConfig(secret_file=named)))
