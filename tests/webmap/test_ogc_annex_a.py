"""The abstract tests of OGC API - Features, Part 1 (17-069r4, Annex A), one by one, by the numbers of the requirements.

Core 1 to 34, HTML 35 and 36, GeoJSON 37 and 38, OpenAPI 3.0 45 to 50; 39 to 44 are about GML, which is not offered.
They are our own reading of the abstract tests: nobody has certified anything.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator
from shapely.geometry import shape

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
# One collection of each sort: points, polygons, lines, nothing located, nothing at all, no geometry but a time.
KINDS = ("practice_stations", "subdistricts", "streets", "recycling_points", "gates", "claims", "demand")


class Page(HTMLParser):
    """What an HTML page says: its text and where its links go."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.links, self.open = "", [], []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs).get("href"))

    def handle_data(self, data: str) -> None:
        self.words += data


def get(client: FlaskClient, address: str, accept: str = "application/json", status: int = 200) -> Any:
    parts = urlsplit(address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == status, response.text[:500]
    return response


def links_of(body: dict, rel: str) -> list[dict]:
    return [link for link in body["links"] if link["rel"] == rel]


def all_pages(client: FlaskClient, address: str) -> list[dict]:
    features = []
    while address:
        body = get(client, address).json
        features += body["features"]
        address = next((link["href"] for link in links_of(body, "next")), "")
    return features


def operation(document: dict, path: str) -> dict:
    return document["paths"][path]["get"]


def parameter(document: dict, path: str, name: str) -> dict:
    found = [resolved(document, one) for one in operation(document, path)["parameters"]]
    return next(one for one in found if one["name"] == name)


def resolved(document: dict, node: dict) -> dict:
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        document = document[step]
    return document


@pytest.fixture(scope="module")
def client(app) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def landing(client: FlaskClient) -> dict:
    return get(client, "/ogc").json


@pytest.fixture(scope="module")
def document(client: FlaskClient, landing: dict) -> dict:
    return get(client, links_of(landing, "service-desc")[0]["href"]).json


@pytest.fixture(scope="module")
def ids(client: FlaskClient) -> list[str]:
    return [one["id"] for one in get(client, "/ogc/collections").json["collections"]]


def valid(document: dict, schema: dict, instance: object) -> None:
    components = {"components": document["components"]}
    errors = [error.message[:200] for error in OAS30Validator(schema | components).iter_errors(instance)]
    assert errors == []


def answer_schema(document: dict, path: str, kind: str) -> dict:
    return operation(document, path)["responses"]["200"]["content"][kind]["schema"]


# Core: landing page, definition, conformance


def test_01_root_op(client: FlaskClient) -> None:
    assert get(client, "/ogc").json == get(client, "/ogc/").json | {"links": get(client, "/ogc").json["links"]}


def test_02_root_success(landing: dict, document: dict) -> None:
    valid(document, answer_schema(document, "/", "application/json"), landing)
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert links_of(landing, rel), rel


def test_03_api_definition_op(client: FlaskClient, landing: dict) -> None:
    for link in links_of(landing, "service-desc") + links_of(landing, "service-doc"):
        get(client, link["href"], link["type"])


def test_04_api_definition_success(client: FlaskClient, landing: dict) -> None:
    for link in links_of(landing, "service-desc") + links_of(landing, "service-doc"):
        said = get(client, link["href"], link["type"]).headers["Content-Type"]
        assert said.replace(" ", "").startswith(link["type"].split(";")[0])
    assert get(client, links_of(landing, "service-desc")[0]["href"]).json["openapi"].startswith("3.0.")


def test_05_conformance_op(client: FlaskClient, landing: dict) -> None:
    assert urlsplit(links_of(landing, "conformance")[0]["href"]).path == "/ogc/conformance"
    get(client, "/ogc/conformance")


def test_06_conformance_success(client: FlaskClient, document: dict) -> None:
    body = get(client, "/ogc/conformance").json
    valid(document, answer_schema(document, "/conformance", "application/json"), body)
    assert {f"{CORE}/{name}" for name in ("core", "geojson", "html", "oas30")} <= set(body["conformsTo"])
    assert not any("gml" in one for one in body["conformsTo"])


# Core, general tests


def test_07_http(client: FlaskClient) -> None:
    assert client.head("/ogc").status_code == 200
    assert client.head("/ogc").data == b""
    assert "GET" in client.options("/ogc/collections").headers["Allow"]
    refused = client.post("/ogc/collections")
    assert refused.status_code in {403, 405}
    assert client.get("/ogc/nothing").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/ogc",
        "/ogc/conformance",
        "/ogc/api",
        "/ogc/collections",
        "/ogc/collections/demand",
        "/ogc/collections/demand/schema",
        "/ogc/collections/demand/queryables",
        "/ogc/collections/demand/items",
        "/ogc/collections/demand/items/caojiadu-0001",
        "/ogc/collections/demand/all.parquet",
    ],
)
def test_08_query_param_unknown(client: FlaskClient, path: str) -> None:
    body = get(client, f"{path}?unknown=1", status=400).json
    assert (body["problems"][0]["code"], body["problems"][0]["where"]) == ("unknown_parameter", "unknown")


@pytest.mark.parametrize(
    "query",
    [
        *("bbox=", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=a,b,c,d", "bbox=121,31,122,nan", "bbox=121,31,122,1e999"),
        *("bbox=121,32,122,31", "bbox=200,31,122,32", "bbox=121,-91,122,32"),
        *("limit=-1", "limit=0", "limit=x", "limit=1.5", "limit=", "limit=1&limit=2"),
        *("datetime=x", "datetime=", "datetime=..", "datetime=../..", "datetime=2020-13-01T00:00:00Z"),
        *("datetime=2021-01-01T00:00:00Z/2020-01-01T00:00:00Z", "datetime=2020-01-01T00:00:00"),
        *("f=xml", "crs=EPSG:4326", "bbox-crs=x", "filter-crs=x", "filter-lang=cql2-json", "people=many", "modelled=1"),
        *("filter=people", "filter=people%3E", "filter=nobody%3D1", "q=", f"q={'x' * 101}"),
    ],
)
def test_09_query_param_invalid(client: FlaskClient, query: str) -> None:
    body = get(client, f"/ogc/collections/demand/items?{query}", status=400).json
    assert body["status"] == 400
    assert {problem["where"] for problem in body["problems"]} == {query.split("=", maxsplit=1)[0]}


def test_10_crs84(client: FlaskClient) -> None:
    for name in ("practice_stations", "subdistricts", "streets"):
        response = get(client, f"/ogc/collections/{name}/items?limit=50")
        assert response.headers["Content-Crs"] == f"<{CRS84}>"
        for feature in response.json["features"]:
            if feature["geometry"]:
                west, south, east, north = shape(feature["geometry"]).bounds
                assert 120 < west <= east < 123
                assert 30 < south <= north < 33


# Core, the collections


def test_11_fc_md_op(client: FlaskClient, landing: dict) -> None:
    assert urlsplit(links_of(landing, "data")[0]["href"]).path == "/ogc/collections"
    get(client, "/ogc/collections")


def test_12_fc_md_success(client: FlaskClient, document: dict) -> None:
    body = get(client, "/ogc/collections").json
    valid(document, answer_schema(document, "/collections", "application/json"), body)


def test_13_fc_md_links(client: FlaskClient) -> None:
    body = get(client, "/ogc/collections").json
    assert [link["type"] for link in links_of(body, "self")] == ["application/json"]
    assert [link["type"] for link in links_of(body, "alternate")] == ["text/html"]
    assert all({"rel", "type", "href"} <= set(link) for link in body["links"])


def test_14_fc_md_items(ids: list[str], app) -> None:
    with app.test_request_context():
        from webmap.views import snapshot

        layers = list(snapshot().catalog.layers)
    assert ids[: len(layers)] == layers
    assert {"subdistricts", "demand", "streets", "claims"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_15_fc_md_items_links(client: FlaskClient) -> None:
    for one in get(client, "/ogc/collections").json["collections"]:
        items = links_of(one, "items")
        assert {link["type"] for link in items} == {"application/geo+json", "text/html"}
        for link in one["links"]:
            assert {"rel", "type"} <= set(link)
        for link in items:
            get(client, link["href"] + "&limit=1", link["type"])


def test_16_fc_md_extent(client: FlaskClient) -> None:
    for one in get(client, "/ogc/collections").json["collections"]:
        features = all_pages(client, f"/ogc/collections/{one['id']}/items?limit=1000")
        located = [shape(feature["geometry"]) for feature in features if feature["geometry"]]
        spatial = one.get("extent", {}).get("spatial")
        assert bool(located) == bool(spatial), one["id"]
        if located:
            assert shapely.box(*spatial["bbox"][0]).covers(shapely.GeometryCollection(located))


def test_16_fc_md_extent_in_time(client: FlaskClient) -> None:
    interval = get(client, "/ogc/collections/claims").json["extent"]["temporal"]["interval"][0]
    assert interval == ["2019-12-31T16:00:00Z", "2023-12-31T15:59:59Z"]
    assert "temporal" not in get(client, "/ogc/collections/demand").json["extent"]


def test_17_sfc_md_op(client: FlaskClient, ids: list[str]) -> None:
    for name in ids:
        get(client, f"/ogc/collections/{name}")
    for name in ("../../x", "CON", "托育点", "nothing"):
        assert client.get(f"/ogc/collections/{name}").status_code == 404


def test_18_sfc_md_success(client: FlaskClient, document: dict) -> None:
    for one in get(client, "/ogc/collections").json["collections"]:
        alone = get(client, f"/ogc/collections/{one['id']}").json
        assert alone == one
        valid(document, answer_schema(document, "/collections/{collectionId}", "application/json"), alone)


# Core, their features


def test_19_fc_op(client: FlaskClient, ids: list[str]) -> None:
    for name in ids:
        get(client, f"/ogc/collections/{name}/items")


def test_20_fc_limit_definition(document: dict, ids: list[str]) -> None:
    for name in ids:
        limit = parameter(document, f"/collections/{name}/items", "limit")
        assert (limit["in"], limit["required"], limit["style"], limit["explode"]) == ("query", False, "form", False)
        assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 10000, "default": 100}


def test_21_fc_limit_response(client: FlaskClient) -> None:
    for limit, returned in ((1, 1), (7, 7), (575, 575), (10_000, 575), (10_001, 575), (99_999, 575)):
        body = get(client, f"/ogc/collections/demand/items?limit={limit}").json
        assert len(body["features"]) == returned
    assert len(get(client, "/ogc/collections/demand/items").json["features"]) == 100


def test_22_fc_bbox_definition(document: dict, ids: list[str]) -> None:
    for name in ids:
        box = parameter(document, f"/collections/{name}/items", "bbox")
        assert (box["in"], box["required"], box["style"], box["explode"]) == ("query", False, "form", False)
        assert (box["schema"]["type"], box["schema"]["minItems"], box["schema"]["maxItems"]) == ("array", 4, 6)
        assert box["schema"]["items"] == {"type": "number"}


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "box", ["121.42,31.22,121.43,31.235", "121,31,122,32", "121.429,31.23,121.429,31.24", "0,0,1,1"]
)
def test_23_fc_bbox_response(client: FlaskClient, name: str, box: str) -> None:
    west, south, east, north = map(float, box.split(","))
    area = shapely.box(west, south, east, north) if west < east else shapely.LineString([(west, south), (east, north)])
    everything = all_pages(client, f"/ogc/collections/{name}/items?limit=1000")
    wanted = [one["id"] for one in everything if not one["geometry"] or shape(one["geometry"]).intersects(area)]
    body = get(client, f"/ogc/collections/{name}/items?limit=10000&bbox={box}").json
    assert [one["id"] for one in body["features"]] == wanted
    with_heights = f"{west},{south},0,{east},{north},100"
    again = get(client, f"/ogc/collections/{name}/items?limit=10000&bbox={with_heights}").json
    assert [one["id"] for one in again["features"]] == wanted


def test_24_fc_time_definition(document: dict, ids: list[str]) -> None:
    for name in ids:
        moment = parameter(document, f"/collections/{name}/items", "datetime")
        assert (moment["in"], moment["required"], moment["style"], moment["explode"]) == ("query", False, "form", False)
        assert moment["schema"]["type"] == "string"


@pytest.mark.parametrize(
    ("moment", "years"),
    [
        ("2020-06-01T00:00:00Z", {2020}),
        ("2020-06-01", {2020}),
        ("2023-01-01T00:00:00%2B08:00", {2023}),
        ("2022-12-31T16:00:00Z", {2023}),
        ("2022-12-31T15:59:59Z", set()),
        ("2020-12-31T15:59:59.5Z", set()),
        ("2021-01-01T00:00:00Z/2022-06-01T00:00:00Z", set()),
        ("2020-12-31T00:00:00Z/2023-06-01T00:00:00Z", {2020, 2023}),
        ("2022-01-01T00:00:00Z/..", {2023}),
        ("2022-01-01t00:00:00z/", {2023}),
        ("../2022-01-01T00:00:00Z", {2020}),
        ("/2022-01-01T00:00:00Z", {2020}),
    ],
)
def test_25_fc_time_response(client: FlaskClient, moment: str, years: set[int]) -> None:
    body = get(client, f"/ogc/collections/claims/items?limit=1000&datetime={moment}").json
    assert {one["properties"]["year"] for one in body["features"]} == years
    timeless = get(client, f"/ogc/collections/demand/items?limit=1&datetime={moment}").json
    assert timeless["numberMatched"] == 575


@pytest.mark.parametrize("name", KINDS)
def test_26_fc_response(client: FlaskClient, document: dict, name: str) -> None:
    body = get(client, f"/ogc/collections/{name}/items?limit=1000").json
    assert body["type"] == "FeatureCollection"
    valid(document, answer_schema(document, f"/collections/{name}/items", "application/geo+json"), body)


def test_26_fc_response_holds_only_what_is_selected(client: FlaskClient) -> None:
    everything = all_pages(client, "/ogc/collections/demand/items?limit=200")
    wanted = [
        one["id"]
        for one in everything
        if one["properties"]["subdistrict"] == "hudong"
        and one["properties"]["people"] > 200
        and shapely.box(121.57, 31.27, 121.58, 31.28).intersects(shape(one["geometry"]))
    ]
    query = "subdistrict=hudong&bbox=121.57,31.27,121.58,31.28&filter=people%20%3E%20200"
    assert [one["id"] for one in all_pages(client, f"/ogc/collections/demand/items?limit=7&{query}")] == wanted
    assert 20 < len(wanted) < 300


@pytest.mark.parametrize("accept", ["application/geo+json", "text/html"])
def test_27_fc_links(client: FlaskClient, accept: str) -> None:
    response = get(client, "/ogc/collections/demand/items?limit=3", accept)
    other = {"application/geo+json": "text/html", "text/html": "application/geo+json"}[accept]
    told = re.findall(r'<([^>]+)>; rel="(\w+)"; type="([^"]+)"', response.headers["Link"])
    assert ("self", accept) in {(rel, kind) for _, rel, kind in told}
    assert ("alternate", other) in {(rel, kind) for _, rel, kind in told}
    if accept != "text/html":
        assert [link["href"] for link in response.json["links"]] == [address for address, _, _ in told]
    for address, _, kind in told:
        assert get(client, address, "*/*").mimetype == kind


def test_28_fc_rel_type(client: FlaskClient, ids: list[str]) -> None:
    for name in ids:
        for link in get(client, f"/ogc/collections/{name}/items?limit=1").json["links"]:
            assert link["rel"]
            assert link["type"]


def test_29_fc_time_stamp(client: FlaskClient) -> None:
    """There is none: equal features have equal bytes, and so one strong tag."""
    assert "timeStamp" not in get(client, "/ogc/collections/demand/items").json


@pytest.mark.parametrize("query", ["", "bbox=121.42,31.22,121.43,31.235", "modelled=true", "filter=people%3C0", "q=路"])
def test_30_fc_number_matched(client: FlaskClient, query: str) -> None:
    first = get(client, f"/ogc/collections/demand/items?limit=40&{query}").json
    assert first["numberMatched"] == len(all_pages(client, f"/ogc/collections/demand/items?limit=40&{query}"))


def test_31_fc_number_returned(client: FlaskClient) -> None:
    address = "/ogc/collections/demand/items?limit=100"
    while address:
        body = get(client, address).json
        assert body["numberReturned"] == len(body["features"])
        address = next((link["href"] for link in links_of(body, "next")), "")
    assert body["numberReturned"] == 75


# Core: one feature


@pytest.mark.parametrize("name", KINDS)
def test_32_f_op_and_33_f_success(client: FlaskClient, document: dict, name: str) -> None:
    for feature in get(client, f"/ogc/collections/{name}/items?limit=5").json["features"]:
        alone = get(client, f"/ogc/collections/{name}/items/{feature['id']}", "application/geo+json").json
        path = f"/collections/{name}/items/{{featureId}}"
        valid(document, answer_schema(document, path, "application/geo+json"), alone)
        assert {key: alone[key] for key in feature} == feature
    assert client.get(f"/ogc/collections/{name}/items/nothing").status_code == 404


def test_34_f_links(client: FlaskClient) -> None:
    for accept, other in (("application/geo+json", "text/html"), ("text/html", "application/geo+json")):
        response = get(client, "/ogc/collections/demand/items/caojiadu-0001", accept)
        told = re.findall(r'<([^>]+)>; rel="(\w+)"; type="([^"]+)"', response.headers["Link"])
        found = {rel: (urlsplit(address).path, kind) for address, rel, kind in told}
        here = "/ogc/collections/demand/items/caojiadu-0001"
        assert found == {
            "self": (here, accept),
            "alternate": (here, other),
            "collection": ("/ogc/collections/demand", "application/json"),
        }
    links = get(client, "/ogc/collections/demand/items/caojiadu-0001").json["links"]
    assert {link["rel"] for link in links} == {"self", "alternate", "collection"}
    assert all(link["type"] for link in links)


# HTML

PLACES = (
    "/ogc",
    "/ogc/conformance",
    "/ogc/api",
    "/ogc/collections",
    "/ogc/collections/practice_stations",
    "/ogc/collections/practice_stations/schema",
    "/ogc/collections/practice_stations/queryables",
    "/ogc/collections/practice_stations/items",
    "/ogc/collections/claims/items",
    "/ogc/collections/demand/items/caojiadu-0001",
)


@pytest.mark.parametrize("path", PLACES)
def test_35_html_definition(client: FlaskClient, path: str) -> None:
    response = get(client, path, "text/html")
    assert response.mimetype == "text/html"
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize("path", [path for path in PLACES if path != "/ogc/api"])
def test_36_html_content(client: FlaskClient, path: str) -> None:
    page = Page(get(client, path, "text/html").text)
    body = get(client, path, "application/json").json
    for link in [*body.get("links", []), *(link for one in body.get("collections", []) for link in one["links"])]:
        if link["rel"] not in {"self", "alternate"}:
            swapped = link["href"].replace("f=json", "f=html")
            assert link["href"] in page.links or swapped in page.links, link
    for one in body.get("features", []):
        assert one["id"] in page.words
    for text in [*body.get("conformsTo", []), *body.get("crs", []), *(body.get("properties") or {})]:
        assert text in page.words


# GeoJSON


def test_37_geojson_definition(client: FlaskClient) -> None:
    features = ("/ogc/collections/demand/items", "/ogc/collections/demand/items/caojiadu-0001")
    for path in features:
        assert get(client, path, "application/geo+json").mimetype == "application/geo+json"
    for path in ("/ogc", "/ogc/conformance", "/ogc/collections", "/ogc/collections/demand"):
        assert get(client, path, "application/json").mimetype == "application/json"


def test_38_geojson_content(client: FlaskClient, ids: list[str]) -> None:
    for name in ids:
        body = json.loads(get(client, f"/ogc/collections/{name}/items?limit=3", "application/geo+json").data)
        assert body["type"] == "FeatureCollection"
        assert links_of(body, "self")
        for feature in body["features"]:
            assert feature["type"] == "Feature"
            assert set(feature) == {"type", "id", "geometry", "properties"}
    one = get(client, "/ogc/collections/demand/items/caojiadu-0001", "application/geo+json").json
    assert one["type"] == "Feature"
    assert links_of(one, "collection")


# OpenAPI 3.0


def test_45_oas_definition_1(client: FlaskClient, landing: dict) -> None:
    kinds = {link["type"] for rel in ("service-desc", "service-doc") for link in links_of(landing, rel)}
    assert kinds == {"application/vnd.oai.openapi+json;version=3.0", "text/html"}
    said = get(client, "/ogc/api", "application/vnd.oai.openapi+json;version=3.0").headers["Content-Type"]
    assert said == "application/vnd.oai.openapi+json;version=3.0"


def test_46_oas_definition_2(document: dict, client: FlaskClient) -> None:
    everything = get(client, "/api/openapi.json").json
    for one in (document, everything):
        assert [error.message for error in OpenAPIV30SpecValidator(one).iter_errors()] == []


def test_47_oas_impl(client: FlaskClient, document: dict) -> None:
    """Every operation is there: asked with the examples of its definition, each answers 200 of a kind that it names."""
    for path, item in document["paths"].items():
        told = [resolved(document, one) for one in item["get"]["parameters"]]
        address = f"{document['servers'][0]['url']}{path}".rstrip("/")
        for one in told:
            if one["in"] == "path":
                address = address.replace(f"{{{one['name']}}}", str(one["example"]))
        if address.endswith("/none"):
            continue  # a collection that has no feature yet, or whose features are made when they are asked for
        response = get(client, address, "*/*")
        assert response.content_type in item["get"]["responses"]["200"]["content"] or response.mimetype in {
            kind.split(";")[0] for kind in item["get"]["responses"]["200"]["content"]
        }


def test_48_completeness_and_49_exceptions_codes(document: dict) -> None:
    for path, item in document["paths"].items():
        answers = item["get"]["responses"]
        assert {"200", "304", "400", "404", "409", "500", "503"} <= set(answers), path
        for code, answer in answers.items():
            told = resolved(document, answer)
            assert told["description"]
            assert code == "304" or told["content"]


def test_50_security(document: dict, client: FlaskClient) -> None:
    """Nothing under /ogc asks for an account, and so the definition names no security scheme."""
    assert "securitySchemes" not in document["components"]
    assert not any("security" in item["get"] for item in document["paths"].values())
    assert get(client, "/ogc/collections").headers.get("WWW-Authenticate") is None


# Part 2 and 3, where Part 1's tests lead on to them


@pytest.mark.parametrize("box", ["0,0,1e300,1e300", "-1e308,-1e308,1e308,1e308", "5,5,1,1", "3e15,-1e16,6e192,6e193"])
def test_part_2_boxes_that_no_reference_system_has(client: FlaskClient, box: str) -> None:
    for code in ("4549", "3857"):
        uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
        body = get(client, f"/ogc/collections/demand/items?bbox={box}&bbox-crs={uri}", status=400).json
        assert body["problems"][0]["where"] == "bbox"


@pytest.mark.parametrize(("code", "first"), [("4490", "lat"), ("4549", "northing"), ("3857", "easting")])
def test_part_2_axes(client: FlaskClient, code: str, first: str) -> None:
    from pyproj import Transformer

    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    here = "/ogc/collections/demand/items/caojiadu-0001"
    lon, lat = get(client, here).json["geometry"]["coordinates"]
    response = get(client, f"{here}?crs={uri}")
    assert response.headers["Content-Crs"] == f"<{uri}>"
    x, y = Transformer.from_crs(4326, int(code), always_xy=True).transform(lon, lat)
    wanted = (x, y) if first == "easting" else (y, x)
    assert response.json["geometry"]["coordinates"] == pytest.approx(wanted, abs=0.002)
    a, b = response.json["geometry"]["coordinates"]
    box = f"{a - 1e-6},{b - 1e-6},{a + 1e-6},{b + 1e-6}" if code == "4490" else f"{a - 1},{b - 1},{a + 1},{b + 1}"
    near = get(client, f"/ogc/collections/demand/items?bbox={box}&bbox-crs={uri}").json
    assert [one["id"] for one in near["features"]] == ["caojiadu-0001"]
    assert uri in get(client, "/ogc/collections/demand").json["crs"]


def test_part_3_queryables(client: FlaskClient) -> None:
    schema = get(client, "/ogc/collections/practice_stations/queryables", "application/schema+json").json
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert {"id", "geometry", "name", "location_status"} <= set(schema["properties"])
    for name, one in schema["properties"].items():
        if name != "geometry":
            get(client, f"/ogc/collections/practice_stations/items?filter={name}%20IS%20NULL")
        assert one["title"]
