"""Signing in and out, and one's own account: password and sessions."""

from __future__ import annotations

from flask import Blueprint

from webmap.access_control import requires

pages = Blueprint("accounts", __name__)


@pages.get("/staff/login")
def login() -> str:
    """Show the form to sign in."""
    return "login"


@pages.get("/staff/account")
@requires("viewer", before_change=True)
def show() -> str:
    """Show one's own account."""
    return "account"
