"""The layer files of the data folder as the seed of the store: taken in once, and again where a file has changed.

A feature that staff have changed since stays as they left it; one that only ever came from the seed follows its file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from shapely import Polygon
from sqlalchemy import Connection, select

from geo.catalog_model import Catalog, Layer
from geo.layer_checks import Facility
from geo.layers import facility_feature, read_facilities
from webmap.revisions import Authorship, Change, Feature, Head, read_heads, write_changes
from webmap.store import Store
from webmap.store_schema import META

SEED = Authorship("lifecircle", "data/layers", "seed")
_PATIENCE_S = 600
"""Longer than another process takes to seed a city."""


def seed_store(store: Store, data: Path, catalog: Catalog, outlines: Mapping[str, Polygon]) -> int:
    """Take changed layer files into the store, all or none, and return how many revisions were written.

    Of several processes that start at once one does it, and the others wait until it has.

    Raises:
        DataError: with every problem of a changed file; nothing is taken in then.
    """
    with store.reading() as connection:
        changed = _changed_files(connection, data, catalog)
    if not changed:
        return 0
    # Read before the store is taken: thousands of facilities take seconds, and whoever saves meanwhile waits for us.
    read = {name: read_facilities(_path(data, name), catalog.layers[name], catalog, outlines) for name in changed}
    with store.writing(_PATIENCE_S) as connection:
        now = _changed_files(connection, data, catalog)
        still = {name: digest for name, digest in changed.items() if now.get(name) == digest}
        changes = [one for name in still for one in _changes(catalog.layers[name], read[name], connection)]
        written = write_changes(connection, changes, SEED)
        for layer_id, digest in still.items():
            _remember(connection, layer_id, digest)
    return len(written)


def _changed_files(connection: Connection, data: Path, catalog: Catalog) -> dict[str, str]:
    """Return the layers whose file is not the one taken in last, with the hash of its bytes."""
    taken = dict(connection.execute(select(META.c.name, META.c.value).where(META.c.name.startswith("seed/"))).all())
    digests = {layer_id: _digest(_path(data, layer_id)) for layer_id in catalog.layers}
    return {layer_id: digest for layer_id, digest in digests.items() if taken.get(f"seed/{layer_id}") != digest}


def _changes(layer: Layer, facilities: tuple[Facility, ...], connection: Connection) -> list[Change]:
    """Return what the seed changes in a layer."""
    heads = read_heads(connection, layer.id)
    wanted = {facility.id: facility_feature(facility, layer) for facility in facilities}
    kept = [_change(layer.id, feature, body, heads.get(feature)) for feature, body in wanted.items()]
    gone = [head for feature, head in heads.items() if feature not in wanted and _is_seeds(head) and head.body]
    removed = [Change(layer.id, head.feature, "delete", None, head.revision) for head in gone]
    return [change for change in kept if change is not None] + removed


def _change(layer: str, feature: str, body: Feature, head: Head | None) -> Change | None:
    """Return the change that makes a feature what the seed says, None where nothing is to be done."""
    if head is None:
        return Change(layer, feature, "create", body, None)
    if not _is_seeds(head) or head.body == body:
        return None
    return Change(layer, feature, "update" if head.body else "restore", body, head.revision)


def _is_seeds(head: Head) -> bool:
    """Return whether nobody but the seed has had a hand in it."""
    return head.source == SEED.source


def _remember(connection: Connection, layer_id: str, digest: str) -> None:
    """Keep that a layer's file has been taken in."""
    name = f"seed/{layer_id}"
    connection.execute(META.delete().where(META.c.name == name))
    connection.execute(META.insert().values(name=name, value=digest))


def _path(data: Path, layer_id: str) -> Path:
    """Return the file of a layer."""
    return data / "layers" / f"{layer_id}.geojson"


def _digest(path: Path) -> str:
    """Return the hash of a file's bytes, "missing" where there is none: reading it then says so."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
