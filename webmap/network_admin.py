"""/staff/network/<subdistrict>: which network is in use, what another would change, take it, go back. /staff/rules."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import DataError, Problem, RequestError
from geo.network_file import load_network
from webmap.access_control import requires
from webmap.documents import DocumentKind
from webmap.errors import problems_of
from webmap.fault_places import told_by_file
from webmap.network_taking import (
    Proposal,
    candidate_network,
    candidate_networks,
    propose_network,
    take_back,
    take_network,
)
from webmap.revisions import Authorship, Revision, feature_revisions, read_heads
from webmap.staff_desk import the_staff
from webmap.taking import Wish, file_tables, removal, take_documents
from webmap.toml_text import toml_text
from webmap.views import snapshot, the_config, the_store

pages = Blueprint("network_admin", __name__)
_KINDS: dict[str, DocumentKind] = {"rules": "@rules", "indicators": "@indicators", "layers": "@layers"}


@pages.get("/staff/network/<subdistrict>")
@requires("administrator")
def show(subdistrict: str) -> AnyResponse:
    """Show the network in use, those before it, and what the one that `?network=` names would change."""
    return _answer(subdistrict, *_proposed(subdistrict, request.args.get("network", "")))


@pages.post("/staff/network/<subdistrict>")
@requires("administrator")
def take(subdistrict: str) -> AnyResponse:
    """Take the network that was shown; another one than was shown is not taken."""
    proposal, problems = _proposed(subdistrict, request.form.get("network", ""))
    if problems:
        return _answer(subdistrict, None, problems)
    if proposal is None or proposal.network.content_hash != request.form.get("hash"):
        remedy = "Look at what it changes once more, then take it"
        problem = Problem("network_changed", "network", "it is not the network that was shown", remedy)
        return current_app.make_response((_page(subdistrict, proposal, [problem]), 409))
    why = request.form.get("why", "").strip() or f"network {request.form['network']}"
    take_network(the_config(), the_store(), proposal, _author(why))
    return redirect(url_for("network_admin.show", subdistrict=subdistrict), 303)


@pages.post("/staff/network/<subdistrict>/back")
@requires("administrator")
def back(subdistrict: str) -> AnyResponse:
    """Go back to the network before."""
    snapshot().place(subdistrict)
    try:
        take_back(the_config(), the_store(), subdistrict, _author("back to the network before"))
    except (RequestError, DataError) as error:
        return current_app.make_response((_page(subdistrict, None, problems_of(error)), 409))
    return redirect(url_for("network_admin.show", subdistrict=subdistrict), 303)


@pages.get("/staff/rules")
@requires("administrator")
def rules() -> str:
    """Show rules, indicators and layers, and which of them were edited here."""
    return _rules_page("", "", [], "")


@pages.get("/staff/rules/<kind>/<name>")
@requires("administrator")
def edit(kind: str, name: str) -> str:
    """Show one of them as the TOML that it is written in."""
    return _rules_page(kind, name, [], toml_text(_table(kind, name)))


@pages.post("/staff/rules/<kind>/<name>")
@requires("administrator")
def save(kind: str, name: str) -> AnyResponse:
    """Write one of them, or with `remove` let the data folder's stand again."""
    text = request.form.get("text", "")
    made_from = request.form.get("revision", "")
    try:
        revision = int(made_from) if made_from.isdecimal() and int(made_from) else None
        if "remove" in request.form:
            first, *others = removal(the_config(), snapshot().documents, _kind(kind), name)
            wishes = [replace(first, made_from=revision), *others]
        else:
            wishes = [Wish(_kind(kind), name, _parsed(text, name), revision)]
        with told_by_file(f"{name}.toml", wishes):
            take_documents(the_config(), the_store(), wishes, _author(request.form.get("why", "").strip()))
    except (DataError, RequestError) as error:
        return current_app.make_response((_rules_page(kind, name, problems_of(error), text), 422))
    return redirect(url_for("network_admin.rules", done=name), 303)


def _page(subdistrict: str, proposal: Proposal | None, problems: Sequence[Problem]) -> str:
    """Return the page of a subdistrict's network."""
    now = snapshot()
    place = now.place(subdistrict)
    with the_store().reading() as connection:
        revisions: list[Revision] = feature_revisions(connection, "@networks", subdistrict)
    patches = {name: one for name, one in now.documents.patches.items() if one["subdistrict"] == subdistrict}
    return render_template(
        "staff_network.html",
        place=place,
        proposal=proposal,
        problems=problems,
        asked=request.values.get("network", ""),
        candidates=candidate_networks(the_config(), now),
        revisions=revisions,
        patches=patches,
        layers=now.catalog.layers,
        subdistricts=list(now.catalog.subdistricts.values()),
        staff_section="network",
    )


def _answer(subdistrict: str, proposal: Proposal | None, problems: Sequence[Problem]) -> AnyResponse:
    """Return the page, as a fault of what was asked where there are problems."""
    return current_app.make_response((_page(subdistrict, proposal, problems), 422 if problems else 200))


def _proposed(subdistrict: str, name: str) -> tuple[Proposal | None, Sequence[Problem]]:
    """Return what the network of that name would change, None where none is named, or what is wrong with its file."""
    now = snapshot()
    now.place(subdistrict)
    if not name:
        return None, ()
    path = Path(candidate_network(the_config(), name))
    try:
        return propose_network(the_config(), now, subdistrict, load_network(path)), ()
    except DataError as error:
        return None, problems_of(error)


def _rules_page(kind: str, name: str, problems: Sequence[Problem], text: str) -> str:
    """Return the page of rules, with one of them open where `name` is given."""
    now = snapshot()
    with the_store().reading() as connection:
        heads = {key: read_heads(connection, layer) for key, layer in _KINDS.items()}
        history = feature_revisions(connection, _kind(kind), name) if name else []
    head = heads[kind].get(name) if name else None
    return render_template(
        "staff_rules.html",
        catalog=now.catalog,
        indicators=now.indicators,
        edited={key: {one for one, head in found.items() if head.body is not None} for key, found in heads.items()},
        kind=kind,
        name=name,
        text=text,
        revision=head.revision if head else 0,
        history=history,
        problems=problems,
        staff_section="rules",
    )


def _table(kind: str, name: str) -> dict[str, Any]:
    """Return the table of one of them: as it was edited here, else as the data folder has it."""
    edited = snapshot().documents.of(_kind(kind)).get(name)
    if edited is not None:
        return dict(edited)
    return dict(file_tables(the_config(), kind).get(name, {}))


def _kind(kind: str) -> DocumentKind:
    """Return the pseudo-layer of a kind; RequestError where there is none of that name."""
    if kind not in _KINDS:
        raise RequestError("unknown_kind", "kind", f"nothing is called {kind[:40]!r}", f"Use {', '.join(_KINDS)}")
    return _KINDS[kind]


def _parsed(text: str, name: str) -> dict[str, Any]:
    """Return the table of a TOML text."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError.single("not_toml", name, str(error), "Correct the TOML syntax") from error


def _author(why: str) -> Authorship:
    """Return who changes something."""
    return Authorship(the_staff().login, why, "form")
