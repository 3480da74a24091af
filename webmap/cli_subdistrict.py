"""`lifecircle subdistrict`: add a subdistrict of one's own, take it away, list what there is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webmap.command_author import add_author, authorship, opened, settled

if TYPE_CHECKING:
    from geo.place import Place

_UNITS = ("people", "households")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `subdistrict add`, `subdistrict remove` and `subdistrict list`."""
    subdistrict = commands.add_parser("subdistrict", help="add, remove or list subdistricts")
    actions = subdistrict.add_subparsers(required=True, metavar="ACTION")
    _add_add(actions)
    remove = actions.add_parser("remove", help="take away one that was added; its history and facilities are kept")
    remove.add_argument("id", metavar="ID")
    add_author(remove)
    remove.set_defaults(run=run_remove)
    listing = actions.add_parser("list", help="every subdistrict with its streets and people")
    listing.set_defaults(run=run_list)


def _add_add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `subdistrict add`."""
    from geo.datum_shift import DATUMS

    add = actions.add_parser("add", help="add a subdistrict, or change one that was added")
    add.add_argument("id", metavar="ID", help="short name in addresses: small letters, figures, - and _")
    add.add_argument("--name", required=True, metavar="NAME", help="name in Chinese")
    add.add_argument("--name-en", required=True, metavar="NAME", help="name in English")
    add.add_argument("--code", required=True, metavar="CODE", help="division code, nine figures")
    add.add_argument("--boundary", type=Path, required=True, metavar="FILE", help=".geojson .gpkg .kml")
    add.add_argument("--feature", metavar="VALUE", help="which row of the file: a value it has, such as its name")
    add.add_argument("--datum", choices=DATUMS, help="datum of the file, where it does not declare WGS-84 or CGCS2000")
    add.add_argument("--district", default="", metavar="NAME", help="district it belongs to, in Chinese")
    add.add_argument("--district-en", default="", metavar="NAME", help="the same in English")
    add.add_argument("--population", type=int, metavar="N", help="its stated total; shares are taken of it")
    add.add_argument("--unit", choices=_UNITS, default="people", help="what the total counts")
    add.add_argument("--as-of", default="", metavar="YEAR", help="when it was counted")
    add.add_argument("--population-source", default="", metavar="TEXT", help="who has stated it")
    add.add_argument("--committees", type=int, metavar="N", help="number of residents' committees")
    add.add_argument("--source", default="", metavar="TEXT", help="where the boundary is from, with its licence")
    add_author(add)
    add.set_defaults(run=run_add)


def run_add(options: argparse.Namespace) -> int:
    """Check the boundary and write the subdistrict into the store."""
    from geo.boundary import read_boundary
    from geo.table_formats import read_table
    from webmap.taking import Wish, take_documents

    name = options.boundary.name
    raw = options.boundary.read_bytes()
    outline = read_boundary(read_table(raw, name), name, options.datum, options.feature)
    body = _document(options, raw, outline)
    config, results = opened()
    results.current()
    why = f"outline from {name}"
    take_documents(config, results.store(), [Wish("@subdistricts", options.id, body)], authorship(options, why))
    place = settled(results).place(options.id)
    print(f"{options.id}: {body['table']['area_km2']:g} km², {_told(place)}")
    print(f"/planner/{options.id}  /map/{options.id}/<layer>  /api/coverage?subdistrict={options.id}&layer=<layer>")
    if not place.has_streets:
        print(f"It has no streets yet: lifecircle network use NET --subdistrict {options.id}")
    return 0


def _document(options: argparse.Namespace, raw: bytes, outline: Any) -> dict[str, Any]:  # noqa: ANN401 - a shapely.Polygon, which is not imported to parse a command
    """Return the document of a subdistrict."""
    import hashlib

    import shapely

    from geo.boundary import area_km2

    table: dict[str, Any] = {
        "name": {"zh": options.name, "en": options.name_en},
        "code": options.code,
        "district": {"zh": options.district or "—", "en": options.district_en or options.district or "—"},
        "area_km2": round(area_km2(outline), 2) or 0.01,
    }
    if options.committees is not None:
        table["committees"] = options.committees
    if options.population is not None:
        table["population"] = _population(options)
    boundary = {
        "file": options.boundary.name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "datum": options.datum or "as the file declares",
        "feature": options.feature or "",
        "source": options.source,
    }
    return {"table": table, "outline": shapely.geometry.mapping(outline), "boundary": boundary}


def _population(options: argparse.Namespace) -> dict[str, Any]:
    """Return the table of a stated total."""
    source = options.population_source or "—"
    words = {"people": ("人口", "Residents"), "households": ("户数", "Households")}
    zh, en = words[options.unit]
    return {
        "value": options.population,
        "unit": options.unit,
        "measure": {"zh": zh, "en": en},
        "as_of": options.as_of or "—",
        "source": {"zh": source, "en": source},
        "caution": {
            "zh": "总数是添加这个街道的人写的；没有导入住处之前，按街道长度平均分。",
            "en": "The total was stated by whoever added the subdistrict; until homes are imported it is spread "
            "evenly by length of street.",
        },
    }


def _told(place: Place) -> str:
    """Return what a subdistrict has, in one line."""
    streets = f"{place.network.length_m / 1000:.1f} km of streets" if place.has_streets else "no streets"
    unit = place.subdistrict.population.unit
    people = "no population stated" if place.basis.kind == "none" else f"{place.basis.total:,.0f} {unit}"
    return f"{streets}, {people} ({place.basis.kind})"


def run_remove(options: argparse.Namespace) -> int:
    """Take a subdistrict away, with the network and the homes that were chosen for it."""
    from webmap.taking import Wish, take_documents

    config, results = opened()
    documents = results.current().documents
    wishes = [Wish("@subdistricts", options.id, None)]
    if options.id in documents.networks:
        wishes.append(Wish("@networks", options.id, None))
    if options.id in documents.homes:
        wishes.append(Wish("@homes", options.id, None))
    if options.id in documents.committees:
        wishes.append(Wish("@committees", options.id, None))
    wishes += [
        Wish("@patches", name, None) for name, one in documents.patches.items() if one["subdistrict"] == options.id
    ]
    take_documents(config, results.store(), wishes, authorship(options, "taken away"))
    settled(results)
    print(f"{options.id} is taken away; its revisions and facilities stay in the history")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every subdistrict."""
    del options
    _, results = opened()
    snapshot = results.current()
    for name, place in snapshot.places.items():
        origin = "added" if name in snapshot.documents.subdistricts else "data folder"
        print(f"{name}  {place.subdistrict.name.zh}  {place.subdistrict.code}  {origin}  {_told(place)}")
    return 0
