"""What a request of staff edits with: the store, the catalogue, the outlines, and who they are."""

from __future__ import annotations

from sqlalchemy import Connection
from werkzeug.exceptions import Unauthorized

from webmap.access_control import current_staff
from webmap.account_records import read_accounts
from webmap.feature_edits import Desk
from webmap.staff_roles import Staff
from webmap.views import snapshot, the_store


def the_desk() -> Desk:
    """Return what this request edits with."""
    now = snapshot()
    outlines = {slug: place.outline for slug, place in now.places.items()}
    return Desk(the_store(), now.catalog, outlines, the_staff())


def the_staff() -> Staff:
    """Return who sends this request; the mark of the view has seen to it that somebody does."""
    staff = current_staff()
    if staff is None:
        raise Unauthorized
    return staff


def staff_names(connection: Connection) -> dict[str, str]:
    """Return the names of people with an account by login."""
    return {account.staff.login: account.staff.name for account in read_accounts(connection)}
