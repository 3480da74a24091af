"""Signing in and out, and one's own account: password and sessions."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_login import logout_user
from werkzeug.wrappers import Response as AnyResponse

from webmap.access_control import client_address, current_session, current_staff, open_to_all, requires
from webmap.history import record_event
from webmap.session_records import end_sessions
from webmap.sign_in import Tried, begin, local_target, try_password
from webmap.views import the_store

pages = Blueprint("accounts", __name__)


@pages.get("/staff/login")
def login() -> str | AnyResponse:
    """Show the form to sign in; who is in already goes on."""
    target = local_target(request.args.get("next"))
    if current_staff() is not None:
        return redirect(target, 303)
    return render_template("staff_login.html", target=target, login="", fault=None, section="staff")


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
    staff, record = current_staff(), current_session()
    if staff is not None and record is not None:
        with the_store().writing() as connection:
            end_sessions(connection, staff.id, "logout", [record.id_hash])
            record_event(connection, staff.login, "signed_out", "", {"address": client_address()})
    logout_user()
    session.clear()
    return redirect("/staff/login", 303)


@pages.get("/staff/account")
@requires("viewer", before_change=True)
def show() -> str:
    """Show one's own account."""
    return render_template("staff_account.html", section="staff")


def _refused(tried: Tried, target: str, typed: str) -> Response:
    """Return the form again, with why; one text for a wrong password and for a login that is nobody's."""
    if tried.wait_s:
        minutes = -(-tried.wait_s // 60)
        fault = _("试得太多了。%(count)d 分钟以后再试。", count=minutes)
    else:
        fault = _("登录名或密码不对。")
    page = render_template("staff_login.html", target=target, login=typed[:64], fault=fault, section="staff")
    response = current_app.make_response((page, 429 if tried.wait_s else 401))
    if tried.wait_s:
        response.headers["Retry-After"] = str(tried.wait_s)
    return response
