"""The form to sign in, also where signing in has failed."""

from __future__ import annotations

from flask import Response, current_app, render_template
from flask_babel import gettext as _

from webmap.views import the_config


def login_form(fault: str | None, target: str, typed: str = "") -> str:
    """Return the form, with a fault in words and what was typed as the login; `target` is where to go after it."""
    config = the_config()
    sign_on = config.staff.sign_on
    return render_template(
        "staff_login.html",
        target=target,
        login=typed[:64],
        fault=fault,
        sign_on_name=sign_on.name if sign_on else None,
        section="staff",
    )


def failed_login(fault: str, target: str, typed: str = "", wait_s: int = 0) -> Response:
    """Return the form again: 401, or 429 where the next attempt must wait."""
    response = current_app.make_response((login_form(fault, target, typed), 401))
    return waiting(wait_s, response) if wait_s else response


def too_many(wait_s: int) -> str:
    """Return in words that there were too many attempts."""
    return str(_("试得太多了。%(count)d 分钟以后再试。", count=-(-wait_s // 60)))


def waiting(wait_s: int, response: Response) -> Response:
    """Make a response one that says how long to wait."""
    response.status_code = 429
    response.headers["Retry-After"] = str(wait_s)
    return response
