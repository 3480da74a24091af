"""Gaps on the planner's desk: they are all who are not covered, and the map draws what the list says."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.assessment import Question
from geo.gaps import find_gaps


@pytest.mark.parametrize(("place", "layer"), [("caojiadu", "nurseries"), ("hudong", "cultural_rooms")])
def test_gaps_hold_everybody_who_is_not_covered(client: FlaskClient, app: Flask, place: str, layer: str) -> None:
    data = client.get(f"/map/{place}/{layer}/data.json?lang=zh").json
    now = app.extensions["lifecircle.results"].current()
    question = Question(layer, now.layer(layer).headline_rule, "planning")
    gaps = find_gaps(now.place(place), now.catalog, question)
    coverage = now.coverage(now.place(place), question)
    assert sum(gap.people for gap in gaps) == pytest.approx(coverage.weights.uncovered + coverage.weights.unreachable)
    assert [one["letter"] for one in data["gaps"]] == [gap.letter for gap in gaps]
    assert all(gap.streets[0] in one["title"] for gap, one in zip(gaps, data["gaps"], strict=True))


def test_the_desk_lists_gaps_by_people_with_why_and_how_far(client: FlaskClient) -> None:
    page = client.get("/planner/caojiadu?layer=nurseries&lang=zh").text
    panel = page[page.index('class="needs gaps"') :]
    people = [int(text.replace(",", "")) for text in re.findall(r'need-figure"><b>([\d,]+)</b>', panel)]
    assert people == sorted(people, reverse=True)
    assert re.findall(r'data-gap-show="(\w+)"', panel)[:3] == ["A", "B", "C"]
    assert "一带" in panel
    assert "直线够近，要绕路" in panel
    assert re.search(r"多走 \d+ 分钟", panel)


def test_a_layer_without_a_position_has_no_gap(client: FlaskClient) -> None:
    assert client.get("/map/caojiadu/red_cross_stations/data.json").json["gaps"] == []
    assert 'class="needs gaps"' not in client.get("/planner/caojiadu?layer=red_cross_stations").text
