"""Kept scenarios: one's own to change, everybody's to read."""

from __future__ import annotations

import pytest

from geo.errors import NotFoundError, RequestError
from webmap.refusal import RefusedError
from webmap.scenarios import delete_saved, read_saved, save_scenario, saved_of
from webmap.staff_roles import Role, Staff
from webmap.store import Store

ASKED = {"subdistrict": "caojiadu", "layer": "nurseries", "rule": "jgj39", "profile": "adult", "changes": "add=1,2"}


def test_a_scenario_is_kept_under_its_name_and_replaced_by_its_owner(store: Store) -> None:
    with store.writing() as connection:
        first = save_scenario(connection, "wang", " 东边  加一处 ", ASKED)
        again = save_scenario(connection, "wang", "东边 加一处", ASKED | {"changes": "add=3,4"})
        other = save_scenario(connection, "li", "东边 加一处", ASKED)
    with store.reading() as connection:
        assert (first == again, first == other) == (True, False)
        assert read_saved(connection, first).changes == "add=3,4"
        assert [one.owner for one in saved_of(connection, "caojiadu", "nurseries", "li")] == ["li"]
        assert saved_of(connection, "hudong", "nurseries", "li") == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(store: Store, name: str) -> None:
    with store.writing() as connection, pytest.raises(RequestError):
        save_scenario(connection, "wang", name, ASKED)


def test_only_the_owner_or_an_administrator_deletes(store: Store) -> None:
    with store.writing() as connection:
        kept = save_scenario(connection, "wang", "one", ASKED)
    with store.writing() as connection, pytest.raises(RefusedError):
        delete_saved(connection, kept, _staff("li", "planner"))
    with store.writing() as connection:
        delete_saved(connection, kept, _staff("li", "administrator"))
    with store.reading() as connection, pytest.raises(NotFoundError):
        read_saved(connection, kept)


def _staff(login: str, role: Role) -> Staff:
    return Staff(id=login, login=login, name=login, role=role, must_change=False)
