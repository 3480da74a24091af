"""Signing in and out: what goes on, what is refused, and what an old session is worth."""

from __future__ import annotations


def test_who_signs_in_has_a_session(client, signed_in):
    signed_in(client, "viewer")
    page = client.get("/staff/account")
    assert page.status_code == 200
    assert "viewer的名字" in page.text
