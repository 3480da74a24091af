"""Names that try to become code stay text: in pages, in map data, in the list's CSV, in GeoJSON."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webmap import create_app
from webmap.config import Config
from webmap.layer_page import csv_cell

ATTACKS = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "`${alert(1)}`",
    "${alert(1)}",
    "{{ 7*7 }}",
    "'\"><svg onload=alert(1)>",
)


@pytest.fixture(scope="module", params=range(len(ATTACKS)))
def attacked(request, root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[FlaskClient, str]:
    """A visitor of a service whose nursery carries a hostile name and address."""
    attack = ATTACKS[request.param]
    data = tmp_path_factory.mktemp("hostile") / "data"
    shutil.copytree(root / "data", data)
    path = data / "layers" / "nurseries.geojson"
    layer = json.loads(path.read_text(encoding="utf-8"))
    for feature in layer["features"]:
        feature["properties"] |= {"name": attack, "address": attack}
    path.write_text(json.dumps(layer, ensure_ascii=False), encoding="utf-8")
    config = Config(data=data, instance=data.parent, recheck_s=3600)
    return create_app(config).test_client(), attack


def test_hostile_name_stays_text(attacked: tuple[FlaskClient, str]) -> None:
    client, attack = attacked
    for path in ("/map/caojiadu/nurseries", "/planner/caojiadu", "/"):
        page = client.get(path).text
        if "<" in attack:
            assert attack not in page
    script = client.get("/frame/caojiadu/script.js").text
    assert "alert" not in script
    assert "7*7" not in script
    assert "49" not in client.get("/map/caojiadu/nurseries").text.split("data-facility", 1)[1].split("</tr>")[0]


def test_map_data_carries_the_name_as_json(attacked: tuple[FlaskClient, str]) -> None:
    client, attack = attacked
    response = client.get("/map/caojiadu/nurseries/data.json")
    assert response.mimetype == "application/json"
    assert response.json["facilities"][0]["name"] == attack
    features = json.loads(client.get("/api/layers/nurseries?subdistrict=caojiadu").data)["features"]
    assert features[0]["properties"]["name"] == attack


@pytest.mark.parametrize("cell", ["=1+1", "＝1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert csv_cell(cell) == f"'{cell}"


def test_plain_cells_stay_as_they_are() -> None:
    assert csv_cell("万航渡路605号") == "万航渡路605号"
    assert csv_cell(12.5) == 12.5
    assert csv_cell(None) == ""
    assert csv_cell(float("nan")) == ""


def test_list_as_csv(attacked: tuple[FlaskClient, str]) -> None:
    client, attack = attacked
    response = client.get("/map/caojiadu/nurseries/list.csv")
    table = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert [row[2] for row in table if row[0] == "facility"] == [csv_cell(attack)]
    assert any(row[0] == "uncovered" for row in table)
