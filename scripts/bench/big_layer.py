"""A data folder with one layer of 25,000 features: to page through, and to be measured beside others."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from geo.ulid import new_ulid

LAYER = "recycling_points"
COUNT = 25_000
WEST, SOUTH, EAST, NORTH = 121.42, 31.22, 121.60, 31.30


def big_features(count: int = COUNT, seed: int = 7) -> list[dict]:
    """Return points spread over two subdistricts, with ids in no order of place or name."""
    chance = random.Random(seed)  # noqa: S311 - made up, and the same every time
    return [
        {
            "type": "Feature",
            "id": new_ulid(1_700_000_000_000 + number, chance.randbytes(10)),
            "geometry": {
                "type": "Point",
                "coordinates": [round(chance.uniform(WEST, EAST), 7), round(chance.uniform(SOUTH, NORTH), 7)],
            },
            "properties": {
                "name": f"回收点 {chance.randrange(10**6)}",
                "subdistrict": chance.choice(("caojiadu", "hudong")),
                "location_status": "sample",
                "capacity": chance.randrange(1, 60),
                "source": "made up for a test",
            },
        }
        for number in range(count)
    ]


def write_big_data(data: Path, folder: Path, count: int = COUNT) -> Path:
    """Copy the data folder to `folder` with the big layer in it; return the copy."""
    shutil.copytree(data, folder)
    body = {"type": "FeatureCollection", "name": LAYER, "features": big_features(count)}
    (folder / "layers" / f"{LAYER}.geojson").write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    return folder
