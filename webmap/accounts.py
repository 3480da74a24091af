"""Signing in and out, and one's own account: password and sessions."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import Problem
from webmap import account_words
from webmap.access_control import client_address, current_session, current_staff, open_to_all, requires
from webmap.account_records import Account, require_account, set_password
from webmap.history import record_event
from webmap.login_page import failed_login, login_form, too_many, waiting
from webmap.passwords import LONGEST, SHORTEST, password_problems
from webmap.session_records import end_sessions, sessions_of
from webmap.sign_in import Tried, begin, local_target, passwords, try_password
from webmap.staff_roles import Staff
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("accounts", __name__)


@pages.record_once
def _give_words(state: object) -> None:
    """Give the templates the words for accounts."""
    app: Flask = state.app  # type: ignore[attr-defined]
    names = ("role_name", "role_means", "fault_words", "operation_name", "reason_name", "detail_name", "person_name")
    app.jinja_env.globals |= {name: getattr(account_words, name) for name in names}
    app.jinja_env.filters |= {"browser": account_words.browser_name, "shanghai": account_words.shanghai_time}


@pages.get("/staff/login")
def login() -> str | AnyResponse:
    """Show the form to sign in; who is in already goes on."""
    target = local_target(request.args.get("next"))
    if current_staff() is not None:
        return redirect(target, 303)
    return login_form(None, target)


@pages.post("/staff/login")
@open_to_all("nobody has an account before they have signed in", needs_token=True)
def sign_in() -> AnyResponse:
    """Sign in; what was typed as the login stays in the form where it fails."""
    target, typed = local_target(request.form.get("next")), request.form.get("login", "")
    tried = try_password(typed, request.form.get("password", ""))
    if tried.account is None:
        return _refused(tried, target, typed)
    begin(tried.account, "password")
    return redirect(target, 303)


@pages.post("/staff/logout")
@requires("viewer", before_change=True)
def sign_out() -> AnyResponse:
    """End this session."""
    staff, record = _me(), current_session()
    with the_store().writing() as connection:
        end_sessions(connection, staff.id, "logout", [record.id_hash] if record else [])
        record_event(connection, staff.login, "signed_out", "", {"address": client_address()})
    logout_user()
    session.clear()
    return redirect(url_for("accounts.login"), 303)


@pages.get("/staff/account")
@requires("viewer", before_change=True)
def show() -> str:
    """Show one's own account: what it may do, its password's form, where it is signed in."""
    return _account_page([], request.args.get("done", ""))


@pages.post("/staff/account/password")
@requires("viewer", before_change=True)
def change_password() -> AnyResponse:
    """Give oneself another password; every session ends, and this browser begins a new one."""
    staff = _me()
    wanted = request.form.get("password", "")
    problems = _new_password_problems(staff, wanted)
    if not problems:
        tried = try_password(staff.login, request.form.get("current", ""))
        if tried.wait_s:
            return waiting(tried.wait_s, current_app.make_response(_account_page([_wrong_password()], "")))
        problems = [] if tried.account else [_wrong_password()]
    if problems:
        return current_app.make_response((_account_page(problems, ""), 422))
    begin(_keep_password(staff, wanted), "password")
    return redirect(url_for("accounts.show", done="password"), 303)


@pages.post("/staff/account/sessions")
@requires("viewer", before_change=True)
def end_others() -> AnyResponse:
    """End the session that the form names, or all but this one."""
    staff, mine = _me(), current_session()
    config = the_config()
    wanted = request.form.get("which", "")
    with the_store().writing() as connection:
        alive = [one.id_hash for one in sessions_of(connection, staff.id, config.staff)]
        others = [one for one in alive if mine is None or one != mine.id_hash]
        chosen = [one for one in others if wanted in (one, "others")]
        if end_sessions(connection, staff.id, "revoked", chosen):
            record_event(connection, staff.login, "sessions_ended", "", {"account": staff.login, "count": len(chosen)})
    return redirect(url_for("accounts.show", done="sessions"), 303)


def _me() -> Staff:
    """Return who sends this request; the mark of the view has seen to it that somebody does."""
    staff = current_staff()
    if staff is None:
        raise Unauthorized
    return staff


def _keep_password(staff: Staff, wanted: str) -> Account:
    """Keep one's new password and end every session; return the account as it is now."""
    made = passwords().hash(wanted)
    with the_store().writing() as connection:
        set_password(connection, require_account(connection, staff.login), made, staff.login)
        end_sessions(connection, staff.id, "password")
        return require_account(connection, staff.login)


def _new_password_problems(staff: Staff, wanted: str) -> list[Problem]:
    """Return why a new password cannot be taken, before the present one is asked for."""
    if wanted != request.form.get("again", ""):
        return [Problem("password_twice", "again", "not what was written first", "Write it again")]
    if wanted and wanted == request.form.get("current"):
        return [Problem("password_same", "password", "the present one", "Choose another")]
    return password_problems(wanted, staff.login)


def _wrong_password() -> Problem:
    """Return the fault of a present password that is not right."""
    return Problem("wrong_password", "current", "not the present password", "Write the one you signed in with")


def _account_page(problems: Sequence[Problem], done: str) -> str:
    """Return the page of one's own account."""
    config = the_config()
    with the_store().reading() as connection:
        sessions = sessions_of(connection, _me().id, config.staff)
    return render_template(
        "staff_account.html",
        sessions=sessions,
        mine=current_session(),
        faults={problem.where: problem for problem in problems},
        done=done,
        lengths=(SHORTEST, LONGEST),
        all_layers=list(snapshot().catalog.layers.values()),
        section="staff",
        staff_section="account",
    )


def _refused(tried: Tried, target: str, typed: str) -> Response:
    """Return the form again, with why; one text for a wrong password and for a login that is nobody's."""
    fault = _("登录名或密码不对。")
    if tried.wait_s:
        fault = too_many(tried.wait_s)
    return failed_login(fault, target, typed, tried.wait_s)
