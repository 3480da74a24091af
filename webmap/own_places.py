"""Places made of the data folder and of what this instance adds: boundary, network in use, homes.

Each of the three may come from the folder, from a document, or be missing: a subdistrict that was added an hour ago has
an outline and nothing else, and its pages say so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import shapely

from geo.catalog_model import Catalog, Subdistrict
from geo.claims_table import read_claims
from geo.committee_outlines import committees_in_outlines, outlines_of_document
from geo.committees import Committees, read_committees
from geo.demand_basis import DemandBasis
from geo.errors import DataError
from geo.homes import read_homes
from geo.layers import FacilityLayer
from geo.network import WalkNetwork, empty_network
from geo.network_build import build_network, read_streets
from geo.network_file import load_network
from geo.place import Ground, Place, assemble_place, read_modelled_demand, read_outlines
from geo.street_demand import spread_along_streets
from webmap.config import Config
from webmap.documents import Documents

Places = Mapping[str, Place]


def read_places(
    config: Config,
    catalog: Catalog,
    documents: Documents,
    layers: dict[str, FacilityLayer],
    known: Places | None = None,
) -> dict[str, Place]:
    """Return every subdistrict of the catalogue with everything that is known of it.

    Args:
        config: Where data and instance are.
        catalog: The catalogue with the documents' additions.
        documents: What the instance adds.
        layers: The facilities.
        known: Places read before: networks and homes with the same hash are taken from them, not read again.
    """
    outlines = read_own_outlines(config, documents)
    claims = read_claims(config.data / "reports")
    places = {}
    for name, subdistrict in catalog.subdistricts.items():
        if name not in outlines:
            raise DataError.single("no_outline", f"subdistricts.{name}", "it has no outline", "Add one for it")
        before = (known or {}).get(name)
        network = read_network(config, documents, name, outlines[name], before.network if before else None)
        ground = _ground(config, documents, subdistrict, (outlines[name], network), before)
        ground = replace(ground, committees=own_committees(config, documents, name))
        places[name] = assemble_place(catalog, name, ground, layers, claims)
    return places


def read_own_outlines(config: Config, documents: Documents) -> dict[str, shapely.Polygon]:
    """Return the outlines of the data folder and of the documents by subdistrict, WGS-84."""
    outlines = read_outlines(config.data / "base" / "subdistricts.geojson")
    own = {name: outline_of(body["outline"]) for name, body in documents.subdistricts.items()}
    return outlines | own


def own_committees(config: Config, documents: Documents, subdistrict_id: str) -> Committees:
    """Return a subdistrict's committees: by the outlines that were brought, else as the data folder has them."""
    known = read_committees(config.data / "base" / "committees.geojson", subdistrict_id)
    brought = documents.committees.get(subdistrict_id)
    if brought is None:
        return known
    return committees_in_outlines(outlines_of_document(brought["areas"]), known, str(brought["source"]))


def outline_of(geometry: Mapping[str, list[list[list[float]]]]) -> shapely.Polygon:
    """Return the polygon of a document's GeoJSON geometry, which was checked when it was taken."""
    shell, *holes = geometry["coordinates"]
    return shapely.Polygon(shell, holes)


def network_file(config: Config, content_hash: str) -> Path:
    """Return where the instance keeps the network of a content hash."""
    return config.instance / "networks" / f"{content_hash}.lcnet"


def homes_file(config: Config, digest: str) -> Path:
    """Return where the instance keeps a table of homes by the hash of its bytes."""
    return config.instance / "homes" / f"{digest}.parquet"


def read_network(
    config: Config,
    documents: Documents,
    subdistrict_id: str,
    outline: shapely.Polygon,
    known: WalkNetwork | None = None,
) -> WalkNetwork:
    """Return the network in use: the chosen one, else one that was put into the instance, else the bundled streets.

    A subdistrict that was added here and has none of them has a network without streets.
    """
    chosen = documents.networks.get(subdistrict_id)
    if chosen is not None:
        if known is not None and known.content_hash == chosen["hash"]:
            return known
        return load_kept_network(config, str(chosen["hash"]))
    prepared = config.instance / "networks" / f"{subdistrict_id}.lcnet"
    if prepared.exists():
        return load_network(prepared)
    bundled = config.data / "base" / f"streets_{subdistrict_id}.geojson"
    if bundled.exists() or subdistrict_id not in documents.subdistricts:
        return build_network(read_streets([bundled]))
    middle = outline.representative_point()
    return empty_network(middle.x, middle.y)


def load_kept_network(config: Config, content_hash: str) -> WalkNetwork:
    """Return the network that the instance keeps under a content hash; DataError where the file is gone."""
    path = network_file(config, content_hash)
    if not path.is_file():
        found = "the network in use is not in the instance"
        remedy = "Put the file back, or go back to the network before: lifecircle network back"
        raise DataError.single("network_missing", str(path), found, remedy)
    return load_network(path)


def place_on(config: Config, documents: Documents, place: Place, catalog: Catalog, network: WalkNetwork) -> Place:
    """Return a place as it would be on another network; what is modelled along its streets is modelled anew."""
    ground = _ground(config, documents, place.subdistrict, (place.outline, network), place)
    ground = replace(ground, committees=place.committees)
    return assemble_place(catalog, place.subdistrict.id, ground, place.layers, place.claims)


def _ground(
    config: Config,
    documents: Documents,
    subdistrict: Subdistrict,
    shape: tuple[shapely.Polygon, WalkNetwork],
    known: Place | None,
) -> Ground:
    """Return what a place of a `shape` (outline and network) stands on."""
    outline, network = shape
    homes = documents.homes.get(subdistrict.id)
    if homes is not None:
        is_same = known is not None and known.basis.version == homes["file"] and known.subdistrict == subdistrict
        if known is not None and is_same and known.network is network:
            return Ground(outline, network, known.demand, known.basis, known.doors)
        found = read_homes(homes_file(config, str(homes["file"])), homes, subdistrict.population, network)
        return Ground(outline, network, found.demand, found.basis, found.doors)
    bundled = config.data / "base" / f"demand_{subdistrict.id}.geojson"
    if bundled.exists() or subdistrict.id not in documents.subdistricts:
        return Ground(outline, network, *read_modelled_demand(config.data, subdistrict))
    return _modelled(network, outline, subdistrict)


def _modelled(network: WalkNetwork, outline: shapely.Polygon, subdistrict: Subdistrict) -> Ground:
    """Return the ground with people spread evenly along the streets, or nobody where no total is stated."""
    stated = subdistrict.population
    demand = spread_along_streets(network, outline, subdistrict.id, stated.unit, stated.value)
    told = f"{network.content_hash} {outline.wkb_hex} {stated.unit} {stated.value}"
    basis = DemandBasis(
        kind="none" if stated.value is None else "modelled",
        total=float(demand[stated.unit].sum()),
        stated=stated.value,
        by_street_length=True,
        version=hashlib.sha256(told.encode()).hexdigest(),
    )
    return Ground(outline, network, demand, basis)
