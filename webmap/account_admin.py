"""Everybody's accounts, for administrators: add, give a role and its scope, shut out, give a one-time password."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import DataError, Problem
from webmap.access_control import current_staff, requires
from webmap.account_records import (
    Account,
    Grant,
    add_account,
    change_grant,
    read_accounts,
    require_account,
    set_disabled,
    set_password,
)
from webmap.passwords import one_time_password
from webmap.session_records import end_sessions, last_seen
from webmap.sign_in import passwords
from webmap.staff_roles import EVERY, ROLES, Role
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("account_admin", __name__)


@pages.get("/staff/accounts")
@requires("administrator")
def index() -> str:
    """Show every account, and the form for one more."""
    return _list_page([])


@pages.post("/staff/accounts")
@requires("administrator")
def add() -> AnyResponse:
    """Add an account with a one-time password, which is shown this once."""
    login, name = request.form.get("login", ""), request.form.get("name", "")
    secret = one_time_password()
    made = passwords().hash(secret)
    try:
        with the_store().writing() as connection:
            account = add_account(connection, login, name, _read_grant(), _my_login())
            set_password(connection, account, made, _my_login(), one_time_h=_one_time_h())
    except DataError as error:
        return current_app.make_response((_list_page(error.problems), 422))
    return _secret_page(account, secret)


@pages.get("/staff/accounts/<login>")
@requires("administrator")
def show(login: str) -> str:
    """Show one account: what it may do, and what may be done with it."""
    return _one_page(login, [], request.args.get("done", ""))


@pages.post("/staff/accounts/<login>")
@requires("administrator")
def change(login: str) -> AnyResponse:
    """Give an account another role or scope, from its next request on."""
    try:
        grant = _read_grant()
        with the_store().writing() as connection:
            change_grant(connection, require_account(connection, login), grant, _my_login())
    except DataError as error:
        return current_app.make_response((_one_page(login, error.problems, ""), 422))
    return redirect(url_for("account_admin.show", login=login, done="role"), 303)


@pages.post("/staff/accounts/<login>/state")
@requires("administrator")
def set_state(login: str) -> AnyResponse:
    """Shut an account out and end its sessions, or let it in again."""
    disabled = request.form.get("state") == "disabled"
    try:
        with the_store().writing() as connection:
            account = require_account(connection, login)
            set_disabled(connection, account, _my_login(), disabled=disabled)
            if disabled:
                end_sessions(connection, account.staff.id, "disabled")
    except DataError as error:
        return current_app.make_response((_one_page(login, error.problems, ""), 422))
    return redirect(url_for("account_admin.show", login=login, done="state"), 303)


@pages.post("/staff/accounts/<login>/password")
@requires("administrator")
def give_password(login: str) -> AnyResponse:
    """Give an account a one-time password, which is shown this once, and end its sessions."""
    secret = one_time_password()
    made = passwords().hash(secret)
    with the_store().writing() as connection:
        account = require_account(connection, login)
        set_password(connection, account, made, _my_login(), one_time_h=_one_time_h())
        end_sessions(connection, account.staff.id, "password")
    return _secret_page(account, secret)


def _read_grant() -> Grant:
    """Return the role and scope of the form.

    Raises:
        DataError: a layer or subdistrict that there is none of.
    """
    layers, subdistricts = request.form.getlist("layers"), request.form.getlist("subdistricts")
    catalog = snapshot().catalog
    known = ((layers, catalog.layers, "layers"), (subdistricts, catalog.subdistricts, "subdistricts"))
    for chosen, allowed, field in known:
        if not set(chosen) <= {EVERY, *allowed}:
            raise DataError.single("unknown_scope", field, "there is no such name", "Choose from the list")
    wanted = request.form.get("role", "")
    role: Role | None = next((role for role in ROLES if role == wanted), None)
    if role is None:
        raise DataError.single("unknown_role", "role", "there is no such role", f"Known: {', '.join(ROLES)}")
    scope = [(EVERY,) if EVERY in chosen else tuple(sorted(set(chosen))) for chosen in (layers, subdistricts)]
    return Grant(role, *scope)


def _my_login() -> str:
    """Return who sends this request; the mark of the view has seen to it that somebody does."""
    staff = current_staff()
    if staff is None:
        raise Unauthorized
    return staff.login


def _one_time_h() -> int:
    """Return for how many hours a one-time password may be used."""
    config = the_config()
    return config.staff.one_time_h


def _list_page(problems: Sequence[Problem]) -> str:
    """Return the page of every account, with what was typed where something is wrong with it."""
    with the_store().reading() as connection:
        accounts, seen = read_accounts(connection), last_seen(connection)
    return render_template(
        "staff_accounts.html",
        accounts=accounts,
        seen=seen,
        typed=request.form,
        chosen=_typed_grant(),
        **_frame(problems),
    )


def _one_page(login: str, problems: Sequence[Problem], done: str) -> str:
    """Return the page of one account."""
    with the_store().reading() as connection:
        account = require_account(connection, login)
        seen = last_seen(connection).get(account.staff.id)
    kept = Grant(account.staff.role, account.staff.layers, account.staff.subdistricts)
    chosen = _typed_grant() if problems and "role" in request.form else kept
    frame = _frame(problems)
    return render_template("staff_one_account.html", account=account, seen=seen, chosen=chosen, done=done, **frame)


def _secret_page(account: Account, secret: str) -> Response:
    """Return the page that shows a one-time password; no cache may keep it, and no page shows it again."""
    page = render_template("staff_one_time.html", account=account, secret=secret, hours=_one_time_h(), **_frame([]))
    return current_app.make_response(page)


def _typed_grant() -> Grant:
    """Return role and scope as they were typed, for the form to show again."""
    wanted = request.form.get("role", "editor")
    role: Role = next((role for role in ROLES if role == wanted), "editor")
    return Grant(role, tuple(request.form.getlist("layers")), tuple(request.form.getlist("subdistricts")))


def _frame(problems: Sequence[Problem]) -> dict[str, object]:
    """Return what the pages about accounts have in common."""
    catalog = snapshot().catalog
    return {
        "faults": {problem.where: problem for problem in problems},
        "roles": ROLES,
        "all_layers": list(catalog.layers.values()),
        "section": "staff",
        "staff_section": "accounts",
    }
