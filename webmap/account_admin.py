"""Everybody's accounts, for administrators: add, give a role and its scope, shut out, give a one-time password."""

from __future__ import annotations

from flask import Blueprint

from webmap.access_control import requires

pages = Blueprint("account_admin", __name__)


@pages.get("/staff/accounts")
@requires("administrator")
def index() -> str:
    """Show every account."""
    return ""
