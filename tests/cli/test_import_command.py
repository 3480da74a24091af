"""`lifecircle import`: looked at first, written as a whole or not at all, into the same history as every edit."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from geo.catalog import read_catalog
from geo.datum import geodesic_lengths_m
from geo.datum_shift import from_wgs84
from geo.errors import DataError, Problem
from webmap.cli import main
from webmap.config import PROJECT, Config
from webmap.history import verify
from webmap.import_status import import_status
from webmap.import_writing import SheetSource, planned_changes, write_import
from webmap.live_layers import read_live_layers
from webmap.revisions import Authorship, Change, ConflictError, newest_published, read_heads, write_changes
from webmap.store import Store

ALICE = Authorship("alice", "走访", "form")
TRUTH = {"甲园": (121.4285, 31.2290), "乙园": (121.4301, 31.2277), "丙园": (121.4310, 31.2302)}
HEADER = "名称,街道,位置依据,位置误差（米）,经度,纬度,来源"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A store file with the bundled layers."""
    folder = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIFECIRCLE_INSTANCE", str(folder))
        assert main(["export", str(folder / "layers")]) == 0
    return folder / "lifecircle.db"


@pytest.fixture
def store(prepared, tmp_path, monkeypatch):
    folder = tmp_path / "instance"
    folder.mkdir()
    monkeypatch.setenv("LIFECIRCLE_INSTANCE", str(folder))
    shutil.copyfile(prepared, folder / "lifecircle.db")
    opened = Store(f"sqlite:///{folder / 'lifecircle.db'}")
    yield opened
    opened.close()


def _sheet(path, datum="gcj02", rows=TRUTH):
    shown = from_wgs84(np.array(list(rows.values())), datum).tolist()
    lines = [f"{name},曹家渡,门牌,20,{lon!r},{lat!r},某表" for name, (lon, lat) in zip(rows, shown, strict=True)]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8-sig")
    return path


def _bodies(store, layer="nurseries"):
    with store.reading() as connection:
        return {head.body["properties"]["name"]: head for head in read_heads(connection, layer).values() if head.body}


def _length(store):
    with store.reading() as connection:
        return newest_published(connection)


def test_a_sheet_imported_as_declared_lands_within_a_decimetre(run, store, tmp_path):
    done = run("import", _sheet(tmp_path / "表.csv"), "--layer", "nurseries", "--datum", "gcj02", "--who", "alice")
    assert done.code == 0, done.err
    assert "3 revision(s) written" in done.out
    heads = _bodies(store)
    for name, (lon, lat) in TRUTH.items():
        found = heads[name].body["geometry"]["coordinates"]
        assert geodesic_lengths_m(*found, lon, lat)[0] < 0.1
    assert {heads[name].source for name in TRUTH} == {"import"}
    assert len(heads) == 2 + 3
    with store.reading() as connection:
        assert verify(connection) == []
        live = read_live_layers(connection, read_catalog(Config().data), newest_published(connection))
    assert set(TRUTH) <= set(live.layers["nurseries"].frame["name"])
    again = run("import", tmp_path / "表.csv", "--layer", "nurseries", "--datum", "gcj02", "--json").json
    assert again["counts"] | {"gone": 0} == {**dict.fromkeys(again["counts"], 0), "unchanged": 3}
    assert again["written"] == 0


def test_an_undeclared_datum_is_refused_and_the_shift_named(run, store, tmp_path):
    known = {
        "万航渡路838号": (121.42499, 31.23009),
        "余姚路818号": (121.42606, 31.23201),
        "延平路128号": (121.43641, 31.23115),
    }
    before = _length(store)
    done = run("import", _sheet(tmp_path / "表.csv", rows=known), "--layer", "nurseries")
    assert done.code == 1
    assert "[datum_undeclared]" in done.out
    assert "m south-east of them: GCJ-02?" in done.out
    assert "nothing was written" in done.out
    assert _length(store) == before


def test_a_dry_run_writes_nothing_and_says_all(run, store, tmp_path):
    before = _length(store)
    done = run(
        *("import", _sheet(tmp_path / "表.csv"), "--layer", "nurseries", "--datum", "gcj02", "--dry-run", "--json"),
        *("--subdistrict", "caojiadu"),
    )
    assert done.code == 0
    assert done.json["counts"]["new"] == 3
    assert done.json["mapping"]["位置误差（米）"] == "accuracy_m"
    assert [item["name"] for item in done.json["gone"]] == ["曹家渡街道小福熊托育园"]
    assert done.json["written"] == 0
    assert _length(store) == before


def test_one_bad_row_keeps_every_row_out(run, store, tmp_path):
    path = _sheet(tmp_path / "表.csv")
    path.write_text(path.read_text(encoding="utf-8") + "丁园,曹家渡,听说,20,121.43,31.23,某表\n", encoding="utf-8")
    before = _length(store)
    done = run("import", path, "--layer", "nurseries", "--datum", "gcj02")
    assert done.code == 1
    assert "row 5, column 位置依据" in done.out
    assert _length(store) == before


def test_what_is_gone_stays_until_somebody_asks(run, store, tmp_path):
    path = _sheet(tmp_path / "表.csv")
    assert run("import", path, "--layer", "nurseries", "--datum", "gcj02").code == 0
    assert "曹家渡街道小福熊托育园" in _bodies(store)
    done = run("import", path, "--layer", "nurseries", "--datum", "gcj02", "--remove-gone")
    assert "1 revision(s) written" in done.out
    left = _bodies(store)
    assert "曹家渡街道小福熊托育园" not in left
    assert any(name.startswith("沪东") for name in left)


def test_positions_outside_want_a_yes(run, store, tmp_path):
    path = _sheet(tmp_path / "表.csv", rows={"远园": (121.47, 31.229)})
    done = run("import", path, "--layer", "nurseries", "--datum", "gcj02")
    assert done.code == 1
    assert "outside_subdistrict" in done.out
    assert "--confirm" in done.err
    assert "远园" not in _bodies(store)
    assert run("import", path, "--layer", "nurseries", "--datum", "gcj02", "--confirm").code == 0
    assert "远园" in _bodies(store)


def test_columns_values_swap_and_encoding_are_said(run, store, tmp_path):
    path = tmp_path / "表.csv"
    path.write_bytes("叫什么,天气,纬度,经度\n甲园,晴,121.43,31.23\n".encode("gb18030"))
    command = ("import", path, "--layer", "nurseries", "--datum", "wgs84", "--subdistrict", "caojiadu")
    refused = run(*command)
    assert refused.code == 1
    assert "GB18030" in refused.err
    told = (*command, "--encoding", "gb18030", "--map", "叫什么=name", "--map", "天气=")
    known = ("--set", "location_status=大概", "--set", "accuracy_m=50米", "--set", "source=走访")
    offered = run(*told, *known)
    assert "swapped_axes" in offered.out
    assert "--swap" in offered.out
    done = run(*told, *known, "--swap")
    assert done.code == 0, done.out
    body = _bodies(store)["甲园"].body
    assert body["geometry"]["coordinates"] == [121.43, 31.23]
    assert body["properties"] | {"name": ""} == {
        "name": "",
        "subdistrict": "caojiadu",
        "location_status": "approximate",
        "accuracy_m": 50,
        "source": "走访",
    }


@pytest.mark.parametrize(
    "arguments",
    [("--layer", "../../x"), ("--layer", "nurseries", "--set", "x=1"), ("--layer", "nurseries", "--map", "x")],
)
def test_commands_at_fault(run, store, tmp_path, arguments):
    assert run("import", _sheet(tmp_path / "表.csv"), "--datum", "gcj02", *arguments).code == 2


# What somebody else saves meanwhile


@pytest.fixture
def planned(store, tmp_path):
    """A plan that changes one facility, with the heads that it was made from."""
    from geo.column_mapping import guess_mapping
    from geo.import_model import ImportOptions, ImportTarget
    from geo.import_plan import plan_import
    from geo.table_formats import read_table

    catalog = read_catalog(PROJECT / "data")
    with store.reading() as connection:
        heads = read_heads(connection, "nurseries")
        live = read_live_layers(connection, catalog, newest_published(connection))
    layer = catalog.layers["nurseries"]
    table = read_table("source_id,电话\nnurseries-caojiadu-01,021-62150000\n".encode(), "表.csv")
    options = ImportOptions(lambda: "", "wgs84")
    plan = plan_import(
        table, guess_mapping(table, layer), ImportTarget(layer, catalog, live.facilities[layer.id]), options
    )
    assert plan.counts["changed"] == 1
    return plan, layer, heads


def _save(store, head, state="published"):
    body = {**head.body, "properties": {**head.body["properties"], "note": "刚改的"}}
    with store.writing() as connection:
        write_changes(connection, [Change("nurseries", head.feature, "update", body, head.revision, state)], ALICE)


def test_an_import_does_not_write_over_what_was_saved_meanwhile(store, planned):
    plan, layer, heads = planned
    changes = planned_changes(plan, layer, heads, SheetSource("x.csv", "WGS-84"))
    _save(store, heads[changes[0].feature])
    with pytest.raises(ConflictError):
        write_import(store, changes, Authorship("bob", "", "import"))
    with store.reading() as connection:
        newer = read_heads(connection, "nurseries")
    with pytest.raises(DataError) as caught:
        planned_changes(plan, layer, newer, SheetSource("x.csv", "WGS-84"))
    assert [problem.code for problem in caught.value.problems] == ["changed_meanwhile"]
    assert newer[changes[0].feature].body["properties"]["note"] == "刚改的"


def test_an_import_does_not_write_over_a_draft(store, planned):
    plan, layer, heads = planned
    _save(store, heads[plan.changed[0].after.id], "draft")
    with store.reading() as connection:
        newer = read_heads(connection, "nurseries")
    with pytest.raises(DataError) as caught:
        planned_changes(plan, layer, newer, SheetSource("x.csv", "WGS-84"))
    assert [problem.code for problem in caught.value.problems] == ["draft_waiting"]


# What HTTP answers


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["unpacked_too_large"], 413),
        (["too_many_vertices"], 413),
        (["macro_workbook"], 415),
        (["not_utf8"], 400),
        (["too_deep"], 400),
        (["not_finite"], 422),
        (["datum_undeclared"], 422),
        (["bad_date", "file_too_large"], 413),
        ([], 422),
    ],
)
def test_each_refusal_has_its_status(codes, status):
    assert import_status([Problem(code, "", "", "") for code in codes]) == status
