"""The planner's table: what its rows say, and that samples never get into a headline figure."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

ROW = re.compile(r"<tr (data-layer=[^>]*)>")
ATTRIBUTE = re.compile(r'data-([a-z]+)="([^"]*)"')


def rows(client: FlaskClient, path: str) -> dict[str, dict[str, str]]:
    found = [dict(ATTRIBUTE.findall(row)) for row in ROW.findall(client.get(path).text)]
    return {row["layer"]: row for row in found}


def test_hudong_states_42_safe_houses_and_none_is_surveyed(client: FlaskClient) -> None:
    row = rows(client, "/planner/hudong")["safe_houses"]
    assert (row["stated"], row["located"], row["surveyed"], row["sample"]) == ("42", "0", "0", "42")
    assert "covered" not in row


@pytest.mark.parametrize("place", ["caojiadu", "hudong"])
def test_every_layer_has_one_row(client: FlaskClient, app: Flask, place: str) -> None:
    found = rows(client, f"/planner/{place}")
    catalog = app.extensions["lifecircle.results"].current().catalog
    assert set(found) == set(catalog.layers)
    for row in found.values():
        assert int(row["located"]) == int(row["surveyed"]) + int(row["address"]) + int(row["approximate"])


@pytest.mark.parametrize("place", ["caojiadu", "hudong"])
def test_headline_figures_are_those_of_the_api_without_samples(client: FlaskClient, place: str) -> None:
    checked = 0
    for layer, row in rows(client, f"/planner/{place}?profile=older").items():
        query = {"subdistrict": place, "layer": layer, "profile": "older"}
        answer = client.get("/api/coverage", query_string=query).json
        coverage = answer["coverage"]
        if "covered" not in row:
            assert coverage is None, layer
            continue
        assert float(row["covered"]) == pytest.approx(coverage[answer["unit"]]["covered"])
        assert float(row["total"]) == pytest.approx(coverage[answer["unit"]]["total"])
        checked += 1
    assert checked


def test_sample_figure_is_named_and_can_be_put_away(client: FlaskClient) -> None:
    shown = client.get("/planner/hudong").text
    assert "示例数" in shown
    assert "把示例收起来" in shown
    hidden = client.get("/planner/hudong?samples=0").text
    assert "示例数" not in hidden
    assert "把示例放回来" in hidden


def test_unit_is_what_the_subdistrict_counts(client: FlaskClient) -> None:
    assert "26,907 户" in client.get("/planner/hudong").text
    assert "82,884 人" in client.get("/planner/caojiadu").text


def test_slower_walkers_reach_no_further(client: FlaskClient) -> None:
    covered = [
        float(rows(client, f"/planner/caojiadu?profile={profile}")["nurseries"]["covered"])
        for profile in ("adult", "planning", "older", "frail")
    ]
    assert covered == sorted(covered, reverse=True)
    assert covered[0] > covered[-1]


def test_layers_without_data_are_folded(client: FlaskClient) -> None:
    text = client.get("/planner/caojiadu").text
    unfolded = text[: text.index('<details class="folded"')]
    assert 'data-layer="gates"' not in unfolded
    assert 'data-layer="nurseries"' in unfolded
