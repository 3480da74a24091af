"""Signing in and out: what goes on, what is refused, and what an old session is worth."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest
from sqlalchemy import select

from webmap import create_app
from webmap.account_records import Grant, add_account, require_account, set_disabled, set_password
from webmap.account_tables import ATTEMPTS, SESSION
from webmap.history import verify
from webmap.passwords import Passwords
from webmap.refusal_record import Refusals
from webmap.session_records import end_sessions, moment
from webmap.staff_config import PasswordCost
from webmap.store_schema import HISTORY

COOKIE = "lifecircle"
PASSWORD = "seven odd words in a row"


@pytest.fixture
def store(app):
    """The application's store."""
    return app.extensions["lifecircle.results"].store()


@pytest.fixture
def person(app, store, request):
    """A viewer of this test alone, with PASSWORD."""
    login = f"u{crc32(request.node.name.encode())}"
    hashing = Passwords(app.extensions["lifecircle.config"].staff.password_cost)
    with store.writing() as connection:
        account = add_account(connection, login, "小周", Grant("viewer"), "command")
        set_password(connection, account, hashing.hash(PASSWORD), "command")
    return login


@pytest.fixture
def visitor(app, request):
    """A client with an address of this test alone, so that no other's attempts count."""

    def make(number=1):
        client = app.test_client()
        network = crc32(request.node.name.encode()) % 65536
        client.environ_base["REMOTE_ADDR"] = f"10.{network // 256}.{network % 256}.{number}"
        return client

    return make


def token_of(page):
    return page.text.partition('name="csrf_token" value="')[2].partition('"')[0]


def attempt(client, login, password, **more):
    form = {"csrf_token": token_of(client.get("/staff/login")), "login": login, "password": password, **more}
    return client.post("/staff/login", data=form)


def cookie(client):
    return client.get_cookie(COOKIE).value


def with_cookie(app, value):
    client = app.test_client()
    client.set_cookie(COOKIE, value)
    return client


def events(store, operation):
    with store.reading() as connection:
        query = select(HISTORY).where(HISTORY.c.operation == operation).order_by(HISTORY.c.seq)
        return connection.execute(query).all()


# Sessions


def test_row_24_the_id_is_new_after_login_and_the_old_one_worthless(app, visitor, person):
    client = visitor()
    client.get("/staff/login")
    before = cookie(client)
    assert attempt(client, person, PASSWORD).status_code == 303
    first = cookie(client)
    assert first != before
    planted = with_cookie(app, before)
    assert planted.get("/staff/account").status_code == 303
    assert planted.post("/staff/logout").status_code == 401
    client.get("/staff/account")
    again = visitor()
    again.set_cookie(COOKIE, first)
    assert again.get("/staff/account").status_code == 200


def test_who_signs_in_again_in_one_browser_leaves_the_session_before(visitor, person):
    client = visitor()
    attempt(client, person, PASSWORD)
    first, token = cookie(client), token_of(client.get("/staff/account"))
    again = client.post("/staff/login", data={"csrf_token": token, "login": person, "password": PASSWORD})
    assert again.status_code == 303
    assert client.get("/staff/account").status_code == 200
    kept = visitor()
    kept.set_cookie(COOKIE, first)
    assert kept.get("/staff/account").status_code == 401


def test_row_24_a_password_change_makes_every_old_cookie_401(app, visitor, person):
    here, elsewhere = visitor(), visitor()
    for client in (here, elsewhere):
        assert attempt(client, person, PASSWORD).status_code == 303
    old = cookie(here)
    form = {"current": PASSWORD, "password": "eight other words", "again": "eight other words"}
    form["csrf_token"] = token_of(here.get("/staff/account"))
    changed = here.post("/staff/account/password", data=form)
    assert (changed.status_code, changed.location) == (303, "/staff/account?done=password")
    assert here.get("/staff/account").status_code == 200
    assert elsewhere.get("/staff/account").status_code == 401
    stolen = visitor()
    stolen.set_cookie(COOKIE, old)
    answer = stolen.get("/staff/account")
    assert answer.status_code == 401
    assert "/staff/login" in answer.text
    assert attempt(visitor(), person, PASSWORD).status_code == 401
    assert attempt(visitor(), person, "eight other words").status_code == 303


def test_logout_ends_the_session_and_not_only_the_cookie(visitor, person):
    client = visitor()
    attempt(client, person, PASSWORD)
    kept = cookie(client)
    left = client.post("/staff/logout", data={"csrf_token": token_of(client.get("/staff/account"))})
    assert (left.status_code, left.location) == (303, "/staff/login")
    client.set_cookie(COOKIE, kept)
    assert client.get("/staff/account").status_code == 401


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(store, visitor, person):
    client = visitor()
    attempt(client, person, PASSWORD)
    assert client.get("/staff/account").status_code == 200
    with store.writing() as connection:
        account = require_account(connection, person)
        set_disabled(connection, account, "command", disabled=True)
        end_sessions(connection, account.staff.id, "disabled")
    assert client.get("/staff/account").status_code == 401
    assert attempt(visitor(), person, PASSWORD).status_code == 401
    with store.writing() as connection:
        set_disabled(connection, require_account(connection, person), "command", disabled=False)
    assert attempt(visitor(), person, PASSWORD).status_code == 303


@pytest.mark.parametrize(("column", "minutes"), [("seen", 61), ("created", 721)])
def test_a_session_ends_by_idleness_and_by_age(store, visitor, person, column, minutes):
    client = visitor()
    attempt(client, person, PASSWORD)
    for back, status in ((minutes - 2, 200), (minutes, 401)):
        with store.writing() as connection:
            account = require_account(connection, person)
            then = moment(datetime.now(UTC) - timedelta(minutes=back))
            mine = SESSION.c.account == account.staff.id
            connection.execute(SESSION.update().where(mine).values({column: then}))
        assert client.get("/staff/account").status_code == status


def test_a_session_is_bound_to_its_browser(visitor, person):
    client = visitor()
    attempt(client, person, PASSWORD)
    stolen = visitor()
    stolen.set_cookie(COOKIE, cookie(client))
    assert stolen.get("/staff/account", headers={"User-Agent": "another browser"}).status_code in (303, 401)
    assert client.get("/staff/account").status_code == 200


def test_the_store_holds_neither_session_ids_nor_passwords(store, visitor, person):
    client = visitor()
    attempt(client, person, PASSWORD)
    attempt(visitor(), PASSWORD, PASSWORD)
    with client.session_transaction() as session:
        session_id = session["_user_id"]
    with store.reading() as connection:
        kept = "".join(
            str(tuple(row)) for table in (SESSION, HISTORY, ATTEMPTS) for row in connection.execute(select(table))
        )
        assert verify(connection) == []
    assert session_id not in kept
    assert PASSWORD not in kept


def test_cookies_are_shut_to_scripts_and_demand_https_where_there_is_some(app, client, person):
    plain = client.get("/staff/login").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    config = app.extensions["lifecircle.config"]
    https = create_app(replace(config, staff=replace(config.staff, https=True)))
    https.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    answer = https.test_client().get("/staff/login", base_url="https://localhost")
    assert answer.headers["Set-Cookie"].startswith("__Host-lifecircle=")
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_residents_pages_set_no_cookie_and_staff_pages_are_kept_by_no_cache(client, signed_in):
    assert "Set-Cookie" not in client.get("/").headers
    assert client.get("/").headers["Cache-Control"] == "no-cache"
    signed_in(client, "viewer")
    for path in ("/", "/staff/account", "/planner/caojiadu", "/staff/accounts"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path


# Attempts


def test_row_25_a_hundred_wrong_passwords(app, store, visitor, person):
    # other tests of this minute may have used up the addresses that are written down one by one
    app.extensions["lifecircle.refusals"] = Refusals()
    client = visitor()
    answers = [attempt(client, person, f"wrong {number}") for number in range(100)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [401] * 10 + [429] * 90
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 900
    assert f'value="{person}"' in answers[-1].text
    assert attempt(client, person, PASSWORD).status_code == 429, "the right one must wait too"
    assert attempt(visitor(2), person, PASSWORD).status_code == 303, "from elsewhere it need not"
    written = [row for row in events(store, "refused") if f'"account":"{person}"' in row.after]
    assert 1 <= len(written) <= 4, "one entry for an address and minute"
    assert [row.who for row in events(store, "login_limited") if person in row.after] == ["anonymous"]


def test_row_25_nobody_and_somebody_get_the_same_text_and_limit(visitor, person):
    somebody, nobody = visitor(), visitor(2)
    for _ in range(11):
        known, unknown = attempt(somebody, person, "wrong"), attempt(nobody, "no.such.one", "wrong")
        assert known.status_code == unknown.status_code
        assert known.text.replace(person, "X").replace(token_of(known), "T") == unknown.text.replace(
            "no.such.one", "X"
        ).replace(token_of(unknown), "T")
    assert known.status_code == 429
    assert set(known.headers.keys()) == set(unknown.headers.keys())


def test_row_25_nobody_and_somebody_take_the_same_time():
    """The hash is nearly all of the time, here at a sixth of its real cost; both ways must do it once."""
    hashing = Passwords(PasswordCost(passes=2, memory_kib=16384, lanes=1))
    kept = hashing.hash("a long password")

    def seconds(known):
        began = time.perf_counter()
        assert hashing.matches(known, "wrong") is False
        return time.perf_counter() - began

    somebody, nobody = (statistics.median(seconds(known) for _ in range(7)) for known in (kept, None))
    assert 0.5 < somebody / nobody < 2


def test_a_whole_office_behind_one_address_can_sign_in(visitor, person):
    assert [attempt(visitor(), person, PASSWORD).status_code for _ in range(45)] == [303] * 45


def test_one_address_cannot_try_many_logins(visitor):
    client = visitor()
    statuses = [attempt(client, f"someone{number}", "wrong").status_code for number in range(45)]
    assert statuses == [401] * 40 + [429] * 5


def test_attempts_at_once_are_all_counted(app, visitor, person):
    clients = [visitor() for _ in range(16)]
    tokens = [token_of(client.get("/staff/login")) for client in clients]

    def post(client, token):
        return client.post("/staff/login", data={"csrf_token": token, "login": person, "password": "x"}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, clients, tokens))
    assert sorted(statuses) == [401] * 10 + [429] * 6


def test_two_workers_share_a_limit(app, visitor, person):
    config = app.extensions["lifecircle.config"]
    other = create_app(config)
    second = other.test_client()
    first = visitor()
    second.environ_base["REMOTE_ADDR"] = first.environ_base["REMOTE_ADDR"]
    other.extensions["lifecircle.results"] = app.extensions["lifecircle.results"]
    statuses = [attempt(client, person, "wrong").status_code for _ in range(6) for client in (first, second)]
    assert statuses == [401] * 10 + [429] * 2


# Where it leads


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/staff/audit?person=a", "/staff/audit?person=a"),
        ("/staff", "/staff"),
        ("//evil.example/staff/", "/staff"),
        ("https://evil.example", "/staff"),
        ("/staff/\\evil.example", "/staff"),
        ("/staffing", "/staff"),
        ("/staff/\r\nSet-Cookie: a=b", "/staff"),
    ],
)
def test_the_login_leads_to_staff_pages_alone(visitor, person, wanted, leads):
    assert attempt(visitor(), person, PASSWORD, next=wanted).location == leads


def test_who_has_not_signed_in_is_led_to_the_login_and_back(client):
    answer = client.get("/staff/audit?person=a&layer=")
    assert answer.status_code == 303
    assert answer.location == "/staff/login?next=/staff/audit?person%3Da%26layer%3D"


def test_an_unusable_form_is_refused_and_keeps_nothing(visitor):
    for login in ("", " ", "x" * 5000, "\x00", "\ud800", "<script>"):
        answer = attempt(visitor(), login.encode("utf-8", "surrogatepass"), "wrong")
        assert answer.status_code == 401
        assert "<script>" not in answer.text


# The body, the name of the service


def test_row_29_a_foreign_host_is_refused_everywhere(client):
    for path in ("/staff/login", "/staff/accounts", "/"):
        for host in ("evil", "evil.example:80", "localhost.evil", "127.0.0.1.evil", ""):
            assert client.get(path, headers={"Host": host}).status_code == 400, (path, host)
    assert client.post("/staff/login", headers={"Host": "evil"}).status_code == 400


def test_a_body_of_unknown_length_is_411_and_one_too_long_413(client, signed_in):
    token = signed_in(client, "administrator")
    chunked = {"Transfer-Encoding": "chunked", "X-CSRFToken": token}
    answer = client.post("/staff/accounts", headers=chunked, environ_overrides={"CONTENT_LENGTH": ""})
    assert answer.status_code == 411
    long = client.post("/staff/accounts", data=b"x" * (1 << 20) + b"x", headers={"X-CSRFToken": token})
    assert long.status_code == 413
    assert "Content-Security-Policy" in long.headers
    assert long.headers["Cache-Control"] == "no-store"
