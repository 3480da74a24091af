"""The bundled files, read once."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import pytest
import shapely

from geo.catalog import Catalog, read_catalog
from geo.layers import FacilityLayer, read_layer


@pytest.fixture(scope="session")
def data(root: Path) -> Path:
    return root / "data"


@pytest.fixture(scope="session")
def catalog(data: Path) -> Catalog:
    return read_catalog(data)


@pytest.fixture(scope="session")
def outlines(data: Path) -> dict[str, shapely.Polygon]:
    features = json.loads((data / "base" / "subdistricts.geojson").read_text("utf-8"))["features"]
    return {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in features}


@pytest.fixture(scope="session")
def layers(data: Path, catalog: Catalog, outlines: dict[str, shapely.Polygon]) -> dict[str, FacilityLayer]:
    folder = data / "layers"
    return {
        layer.id: read_layer(folder / f"{layer.id}.geojson", layer, catalog, outlines)
        for layer in catalog.layers.values()
    }


@pytest.fixture(scope="session")
def committees(data: Path) -> geopandas.GeoDataFrame:
    return geopandas.read_file(data / "base" / "committees.geojson")


@pytest.fixture(scope="session")
def reports(root: Path) -> Path:
    """The folder of the two reports beside the checkout; a test that needs their text is skipped without."""
    folder = root.parent / "shared" / "reports"
    if not folder.is_dir():
        pytest.skip(f"the reports' text is not here: {folder} does not exist")
    return folder
