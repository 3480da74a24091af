"""How long a large table takes from its bytes to a plan: `python scripts/bench/imports.py [--rows 10000] [--seed 1]`.

Tables are made up: safe houses at random places of the subdistricts, an outline's width round them, in the datum that
spreadsheets are most often in (GCJ-02). A third of them are in the layer already, half of these with another name.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np
from shapely import Point

from geo.catalog import read_catalog
from geo.column_mapping import guess_mapping
from geo.datum_shift import from_wgs84
from geo.export_formats import ExportFormat, export_layer
from geo.import_model import ImportOptions, ImportTarget
from geo.import_plan import plan_import
from geo.known_places import known_places
from geo.layer_checks import Facility
from geo.layers import facility_frame
from geo.place import read_outlines
from geo.table_formats import read_table
from geo.ulid import new_ulid

DATA = Path(__file__).resolve().parents[2] / "data"
LAYER = "safe_houses"
FORMATS: tuple[ExportFormat, ...] = ("csv", "xlsx", "geojson", "gpkg", "kml")


def made_up(count: int, seed: int) -> list[Facility]:
    """Return `count` facilities at random places in and round the subdistricts, half of them with a note."""
    choice = random.Random(seed)  # noqa: S311 - a repeatable table, no secret
    outlines = sorted(read_outlines(DATA / "base" / "subdistricts.geojson").items())
    made = []
    for number in range(count):
        slug, outline = choice.choice(outlines)
        west, south, east, north = outline.bounds
        place = Point(round(choice.uniform(west, east), 7), round(choice.uniform(south, north), 7))
        known = {
            "name": f"平安屋 {number:05d}",
            "subdistrict": slug,
            "location_status": "address",
            "accuracy_m": choice.choice([5, 20, 75]),
            "address": f"万航渡路{number}号",
            "opening_hours": "Mo-Su 08:00-20:00",
            "phone": f"021-{60000000 + number}",
            "source": "测速用的表",
            "source_id": f"bench-{number}",
        }
        if number % 2:
            known["note"] = "编出来的，只用来测速"
        made.append(Facility(new_ulid(number, choice.randbytes(10)), place, known))
    return made


def in_gcj02(facilities: list[Facility]) -> list[Facility]:
    """Return the facilities with their places as a GCJ-02 map shows them."""
    lonlat = np.array([(facility.geometry.x, facility.geometry.y) for facility in facilities])
    return [
        Facility(facility.id, Point(place), facility.properties)
        for facility, place in zip(facilities, from_wgs84(lonlat, "gcj02"), strict=True)
    ]


def main() -> int:
    """Print the processor seconds of reading and planning for each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    catalog = read_catalog(DATA)
    layer = catalog.layers[LAYER]
    truth = made_up(options.rows, options.seed)
    there = {
        facility.id: Facility(facility.id, facility.geometry, {**facility.properties, "name": f"平安屋 旧 {number}"})
        if number % 2
        else facility
        for number, facility in enumerate(truth[: options.rows // 3])
    }
    outlines = read_outlines(DATA / "base" / "subdistricts.geojson")
    known = known_places(DATA / "base", [facility_frame(there.values(), layer)])
    target = ImportTarget(layer, catalog, there, outlines, known)
    frame = facility_frame(in_gcj02(truth), layer)
    print(f"{options.rows:,} rows, seed {options.seed}, python {sys.version.split()[0]}")
    for table_format in FORMATS:
        file = export_layer(frame, layer, table_format)
        began = time.process_time()
        table = read_table(file.content, file.name)
        read = time.process_time()
        choices = ImportOptions(lambda: new_ulid(1, random.randbytes(10)), "gcj02")  # noqa: S311
        plan = plan_import(table, guess_mapping(table, layer), target, choices)
        planned = time.process_time()
        seconds = f"read {read - began:5.2f} s  plan {planned - read:5.2f} s"
        print(f"{table_format:8} {len(file.content):>10,} bytes  {seconds}  {plan.counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
