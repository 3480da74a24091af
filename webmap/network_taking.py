"""The network in use of a running instance: another one is compared, kept by its content hash, taken, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from geo.errors import DataError, RequestError
from geo.network import WalkNetwork
from geo.network_change import NetworkChange, compare_networks, covers, distance_km
from geo.network_file import save_network
from geo.place import Place
from geo.street_patches import AppliedPatch, Patch, apply_patches, check_patch, edge_at
from webmap.config import Config
from webmap.documents import Documents, read_documents
from webmap.own_places import load_kept_network, network_file, place_on
from webmap.revisions import Authorship, feature_revisions, newest_published
from webmap.snapshot import Snapshot
from webmap.store import Store
from webmap.taking import Wish, document_before, documents_with, take_documents


@dataclass(frozen=True, eq=False)
class Proposal:
    """A network that may be taken for a subdistrict.

    Attributes:
        subdistrict_id: The subdistrict.
        base: The network as it was brought.
        network: It with the subdistrict's patches.
        patches: What became of each patch.
        change: What would change.
        place: The place as it would be.
    """

    subdistrict_id: str
    base: WalkNetwork
    network: WalkNetwork
    patches: tuple[AppliedPatch, ...]
    change: NetworkChange
    place: Place


def propose_network(
    config: Config, now: Snapshot, subdistrict_id: str, base: WalkNetwork, documents: Documents | None = None
) -> Proposal:
    """Return what another network would change in a subdistrict; nothing is kept.

    Args:
        config: Where the instance is.
        now: The current snapshot.
        subdistrict_id: The subdistrict.
        base: The network, without patches.
        documents: The documents with patches as they would be; None: as they are.

    Raises:
        NotFoundError: there is no such subdistrict.
        DataError: no street of it runs through the subdistrict.
    """
    place = now.place(subdistrict_id)
    if not covers(base, place.outline):
        away_km = distance_km(base, place.outline)
        found = f"no street of it runs through {subdistrict_id}: the middles of the two are {away_km:,.1f} km apart"
        remedy = "Bring the network of streets round this subdistrict, in WGS-84"
        raise DataError.single("network_elsewhere", "network", found, remedy)
    network, applied = apply_patches(base, patches_of(documents or now.documents, subdistrict_id))
    after = place_on(config, documents or now.documents, place, now.catalog, network)
    return Proposal(subdistrict_id, base, network, applied, compare_networks(place, after, now.catalog), after)


def patches_of(documents: Documents, subdistrict_id: str) -> tuple[Patch, ...]:
    """Return the patches of a subdistrict in the order in which they were made."""
    return tuple(
        Patch(name, body["kind"], tuple(map(tuple, body["line"])), str(body.get("name", "")))
        for name, body in sorted(documents.patches.items())
        if body["subdistrict"] == subdistrict_id
    )


def base_network(config: Config, now: Snapshot, subdistrict_id: str) -> WalkNetwork:
    """Return the network in use as it was brought, without patches."""
    chosen = now.documents.networks.get(subdistrict_id)
    if chosen is None or chosen["base"] == chosen["hash"]:
        return now.place(subdistrict_id).network
    return load_kept_network(config, str(chosen["base"]))


def propose_patch(config: Config, now: Snapshot, subdistrict_id: str, wish: Wish) -> Proposal:
    """Return what the network in use would be with a patch as wished.

    Raises:
        DataError: the patch meets no street.
    """
    documents = documents_with(now.documents, [wish])
    base = base_network(config, now, subdistrict_id)
    proposal = propose_network(config, now, subdistrict_id, base, documents)
    lost = [one for one in proposal.patches if one.patch.id == wish.name and not one.applies]
    if lost:
        raise DataError.single("patch_finds_nothing", "line", lost[0].told, "Draw it from street to street")
    return proposal


def patch_wish(now: Snapshot, subdistrict_id: str, patch: Patch, by: tuple[str, str]) -> Wish:
    """Return a patch as a document; one position of a street that shall be closed stands for its whole edge.

    Args:
        now: The current snapshot.
        subdistrict_id: The subdistrict.
        patch: Under a new id.
        by: Who made it, and why.

    Raises:
        DataError: with what is wrong with its line.
    """
    line = patch.line
    if patch.kind == "close" and len(line) == 1:
        line = edge_at(now.place(subdistrict_id).network, *line[0])
    check_patch(replace(patch, line=line))
    told = {"kind": patch.kind, "line": [list(position) for position in line], "name": patch.name}
    return Wish("@patches", patch.id, {**told, "subdistrict": subdistrict_id, "who": by[0], "why": by[1]})


def take_network(config: Config, store: Store, proposal: Proposal, by: Authorship, more: tuple[Wish, ...] = ()) -> None:
    """Keep a proposed network by its hash and take it, together with `more` documents (a patch)."""
    for network in (proposal.base, proposal.network):
        keep_network(config, network)
    take_documents(config, store, (*more, Wish("@networks", proposal.subdistrict_id, network_document(proposal))), by)


def keep_network(config: Config, network: WalkNetwork) -> None:
    """Write a network into the instance under its content hash, unless it is there."""
    path = network_file(config, network.content_hash)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        save_network(network, path)


def network_document(proposal: Proposal) -> dict[str, Any]:
    """Return what is kept of a network in use."""
    network = proposal.network
    return {
        "base": proposal.base.content_hash,
        "hash": network.content_hash,
        "nodes": network.node_count,
        "edges": network.edge_count,
        "length_m": round(network.length_m, 1),
        "sources": proposal.base.meta.get("sources", []),
        "patches": [one.patch.id for one in proposal.patches if one.applies],
        "made_with": [one.patch.id for one in proposal.patches],
    }


def take_back(config: Config, store: Store, subdistrict_id: str, by: Authorship) -> Mapping[str, Any] | None:
    """Go back to the network before, and with it to its patches; return its document, None: that of the data folder.

    Raises:
        RequestError: no other network was ever taken.
        DataError: the file of the network before is gone.
    """
    with store.reading() as connection:
        before = _network_before(connection, subdistrict_id)
        wishes = _patches_before(connection, subdistrict_id, before)
    if before is not None:
        load_kept_network(config, str(before["hash"]))
    take_documents(config, store, [*wishes, Wish("@networks", subdistrict_id, before)], replace(by, source="undo"))
    return before


def _network_before(connection: Connection, subdistrict_id: str) -> Mapping[str, Any] | None:
    """Return the document of the network before the one in use: going back twice goes two networks back."""
    taken: list[Mapping[str, Any] | None] = [None]
    for revision in reversed(feature_revisions(connection, "@networks", subdistrict_id)):
        if revision.source == "undo":
            taken.pop()
        else:
            taken.append(revision.after)
    if len(taken) < 2:
        found = f"{subdistrict_id} has no network to go back to"
        raise RequestError("no_network_before", "subdistrict", found, "Take another one: lifecircle network use")
    return taken[-2]


def _patches_before(connection: Connection, subdistrict_id: str, before: Mapping[str, Any] | None) -> list[Wish]:
    """Return what makes the patches those of the network before: newer ones go, ones taken away since come back."""
    documents = read_documents(connection, newest_published(connection))
    then = set(before["made_with"]) if before else set()
    now = {name for name, body in documents.patches.items() if body["subdistrict"] == subdistrict_id}
    lost = [(name, document_before(connection, "@patches", name)) for name in sorted(then - now)]
    return [*(Wish("@patches", name, None) for name in sorted(now - then)), *(Wish("@patches", *one) for one in lost)]


def candidate_networks(config: Config, now: Snapshot) -> dict[str, str]:
    """Return the networks that an administrator may choose from: name shown, by file name in the instance."""
    folder = config.instance / "networks"
    names = [path.name for path in sorted(folder.glob("*.lcnet"))] if folder.is_dir() else []
    used = {str(body["base"]): name for name, body in now.documents.networks.items()}
    shown = {name: name.removesuffix(".lcnet") for name in names}
    return {
        name: f"{title[:8]} ({used[title]})" if title in used else title[:8] if len(title) == 64 else title
        for name, title in shown.items()
    }


def candidate_network(config: Config, name: str) -> str:
    """Return the path of a network that `candidate_networks` named; RequestError where there is none of that name."""
    folder = config.instance / "networks"
    names = {path.name: path for path in folder.glob("*.lcnet")} if folder.is_dir() else {}
    if name not in names:
        found = f"there is no network {name[:80]!r} in the instance"
        raise RequestError("unknown_network", "network", found, f"Put it into {folder}")
    return str(names[name])
