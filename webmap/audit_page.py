"""Who did what and when, for administrators: the events and revisions of the history, newest first."""

from __future__ import annotations

from flask import Blueprint

from webmap.access_control import requires

pages = Blueprint("audit_page", __name__)


@pages.get("/staff/audit")
@requires("administrator")
def index() -> str:
    """Show the history."""
    return ""
