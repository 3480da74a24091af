"""The pages of the reports in a real browser, without and with a report's text beside them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from geo.claims_table import COLUMNS
from geo.report_text import report_text
from webmap import create_app
from webmap.config import Config

from .page_checks import FORMS, barriers, grow, open_quietly, with_language

pytestmark = pytest.mark.browser

PAGES = (
    "/reports",
    "/reports/compare",
    "/reports/caojiadu-2020",
    "/reports/caojiadu-2020?only=problems",
    "/reports/caojiadu-2020?layer=lifts&kind=plan",
    "/reports/hudong-2023",
)
ATTACK = "<img src=x onerror='window.caught=1'></script><script>window.caught=1</script>"
LONG = "甲" * 40 + "、" + "乙" * 30
TEXT = f"07\n新增2个托育点\n{LONG}今年新增1个托育点{ATTACK}，已招录31人。\n"


@pytest.fixture(scope="module")
def texted(site, serve_app, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """The service with one more report, whose (hostile) text is in the instance; the same browser."""
    folder = tmp_path_factory.mktemp("texted")
    data = Path(shutil.copytree(root / "data", folder / "data"))
    (folder / "instance" / "reports").mkdir(parents=True)
    (folder / "instance" / "reports" / "made-2021.txt").write_bytes(TEXT.encode())
    _write_table(data / "reports" / "made-2021.csv")
    app = create_app(Config(data=data, instance=folder / "instance", recheck_s=3600))
    with serve_app(app) as url:
        yield type(site)(url, site.browser, app)


def _write_table(path: Path) -> None:
    row = dict.fromkeys(COLUMNS, "") | {
        "report_id": "made-2021",
        "subdistrict": "caojiadu",
        "year": 2021,
        "section": "07",
        "kind": "done",
        "unit": "个",
        "qualifier": "exact",
        "sha256": report_text(TEXT).sha256,
        "extractor": "plain-text 1",
        "subject": ATTACK,
    }
    nursery = {"indicator": "nurseries.count", "layer": "nurseries"}
    claims = [
        {"value": 2, "kind": "target", **nursery, **_place("2个")},
        {"value": 1, **nursery, **_place("1个")},
        {"value": 31, "unit": "人", **_place("31人")},
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(row | claim for claim in claims)


def _place(span: str) -> dict[str, int]:
    start = TEXT.index(span)
    return {"start": start, "end": start + len(span)}


SPILLED = """[...document.querySelectorAll('.claims td, .claims tbody th')]
    .filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => [one.innerText, one.scrollWidth, one.clientWidth])"""


@FORMS
@pytest.mark.parametrize("path", [*PAGES, "/reports/made-2021"])
def test_page_is_quiet_without_barriers_and_grows(texted, axe, size, path: str, language: str, dark: bool) -> None:
    with texted.context(*size, dark=dark) as context:
        page = open_quietly(texted, context, with_language(path, language))
        assert page.locator("nav.sections [aria-current=page]").count() == 1
        assert barriers(page, axe) == []
        assert page.evaluate(SPILLED) == [], "no cell spills into its neighbour"
        grow(page)
        assert page.evaluate(SPILLED) == [] or path == "/reports/made-2021"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentence_of_the_reader_s_own_text(texted, size, language: str) -> None:
    with texted.context(*size) as context:
        page = open_quietly(texted, context, f"/reports/made-2021?lang={language}")
        row = page.locator(f"#claim-{TEXT.index('1个')}")
        sentence = row.locator(".sentence")
        assert sentence.get_attribute("lang") == "zh-Hans"
        assert sentence.locator("mark").inner_text() == "1个"
        assert "今年新增1个托育点<img src=x" in sentence.inner_text()
        assert page.locator("main img, main script").count() == 0
        assert page.evaluate("window.caught") is None


def test_a_stated_number_leads_to_its_claim(site, size) -> None:
    with site.context(*size) as context:
        page = site.open(context, "/planner/caojiadu").page
        page.click("tr[data-layer=lifts] .stated-link >> nth=1")
        page.wait_for_selector("tr[data-claim]")
        start = page.url.rpartition("#claim-")[2]
        row = page.locator(f"#claim-{start}")
        assert row.get_attribute("data-kind") == "in_progress"
        box = row.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < size[1]
        assert {one.get_attribute("data-layer") for one in page.locator("tr[data-claim]").all()} == {"lifts"}


def test_filters_work_without_javascript(site, size) -> None:
    width, height = size
    context = site.browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=False)
    with context:
        page = context.new_page()
        page.goto(f"{site.url}/reports/hudong-2023")
        everything = page.locator("tr[data-claim]").count()
        page.select_option("select[name=kind]", "plan")
        page.click(".filters button")
        page.wait_for_url("**kind=plan**")
        plans = page.locator("tr[data-claim]")
        assert 0 < plans.count() < everything
        assert {row.get_attribute("data-kind") for row in plans.all()} == {"plan"}
        assert page.input_value("select[name=kind]") == "plan"
        page.select_option("select[name=kind]", "")
        page.click(".filters button")
        expect(plans).to_have_count(everything)
        page.click(".report-tools .segments a >> nth=1")
        page.wait_for_url("**only=problems**")
        verdicts = {row.get_attribute("data-verdict") for row in page.locator("tr[data-claim]").all()}
        assert verdicts == {"not_mapped", "all_samples"}


def test_language_switch_keeps_the_filter(site) -> None:
    with site.context(1280, 800) as context:
        page = site.open(context, "/reports/caojiadu-2020?layer=lifts&only=problems").page
        chinese = [row.get_attribute("id") for row in page.locator("tr[data-claim]").all()]
        page.click(".switches a[hreflang=en]")
        page.wait_for_selector("html[lang=en]")
        assert [row.get_attribute("id") for row in page.locator("tr[data-claim]").all()] == chinese
        assert 0 < len(chinese) < 10


def test_rows_are_cards_on_a_phone(site) -> None:
    with site.context(390, 844) as context:
        page = site.open(context, "/reports/caojiadu-2020").page
        cell = page.locator("tr[data-claim] td").first
        assert cell.evaluate("(one) => getComputedStyle(one, '::before').content") == '"性质"'
        for row in page.locator("tr[data-claim]").all()[:10]:
            box = row.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
    with site.context(1280, 800) as context:
        page = site.open(context, "/reports/caojiadu-2020").page
        cell = page.locator("tr[data-claim] td").first
        assert cell.evaluate("(one) => getComputedStyle(one, '::before').content") == "none"
