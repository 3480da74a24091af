"""Accounts on each engine of the store: sign in, a limit that counts, a password change that ends sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webmap import create_app
from webmap.account_records import Grant, add_account, set_password
from webmap.history import verify
from webmap.passwords import Passwords
from webmap.refusal_record import Refusals
from webmap.session_records import end_sessions

PASSWORD, NEW = "seven odd words in a row", "eight other words, quite new"


def _form(client, path, **typed):
    token = client.get(path).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return {"csrf_token": token} | typed


@pytest.fixture
def there(app, store_url, tmp_path):
    """An application over an empty store of one engine, with a reviewer."""
    known = app.extensions["lifecircle.config"]
    mine = create_app(replace(known, store_url=store_url, instance=tmp_path))
    mine.extensions["lifecircle.refusals"] = Refusals()
    results = mine.extensions["lifecircle.results"]
    hashed = Passwords(known.staff.password_cost).hash(PASSWORD)
    with results.store().writing() as connection:
        account = add_account(connection, "zhou", "小周", Grant("reviewer", ("*",), ("*",)), "command")
        set_password(connection, account, hashed, "command")
    yield mine
    results.store().close()


def _enter(app, password):
    client = app.test_client()
    typed = _form(client, "/staff/login", login="zhou", password=password)
    return client, client.post("/staff/login", data=typed).status_code


@pytest.mark.slow
def test_accounts_work_on_each_engine(there):
    first, status = _enter(there, PASSWORD)
    assert status == 303
    second, _ = _enter(there, PASSWORD)
    assert (first.get("/staff").status_code, second.get("/staff").status_code) == (200, 200)
    change = _form(first, "/staff/account", current=PASSWORD, password=NEW, again=NEW)
    assert first.post("/staff/account/password", data=change).status_code == 303
    assert (first.get("/staff").status_code, second.get("/staff").status_code) == (200, 401)
    assert _enter(there, PASSWORD)[1] == 401
    assert [_enter(there, "wrong")[1] for _ in range(11)].count(429) >= 1
    store = there.extensions["lifecircle.results"].store()
    with store.writing() as connection:
        end_sessions(connection, "zhou", "command")
    with store.reading() as connection:
        assert verify(connection) == []
