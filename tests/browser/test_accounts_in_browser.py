"""Signing in as somebody does: on a phone, with a wrong password first; and what axe finds on the pages of accounts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from webmap.account_records import Grant, add_account, set_password
from webmap.passwords import Passwords
from webmap.staff_config import PasswordCost

pytestmark = pytest.mark.browser
PASSWORD = "seven odd words in a row"
PAGES = ("/staff/account", "/staff/accounts", "/staff/accounts/limin", "/staff/audit")


@pytest.fixture(scope="module")
def limin(site):
    """An administrator of the served application."""
    with site.app.extensions["lifecircle.results"].store().writing() as connection:
        account = add_account(connection, "limin", "李敏", Grant("administrator"), "command")
        set_password(connection, account, Passwords(PasswordCost(1, 8, 1)).hash(PASSWORD), "command")
    return "limin"


def enter(visit, login, password):
    visit.page.get_by_label("登录名").fill(login)
    visit.page.get_by_label("密码").fill(password)
    visit.page.get_by_role("button", name="登录").click()


def faults(visit, axe):
    visit.page.evaluate(axe)
    found = visit.page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]


def test_a_wrong_password_on_a_phone_keeps_the_name_that_was_typed(site, limin, axe):
    context = site.context(390, 844)
    visit = site.open(context, "/staff/audit")
    page = visit.page
    assert page.url.endswith("/staff/login?next=/staff/audit")
    enter(visit, limin, "not this one")
    assert page.get_by_role("alert").inner_text().strip() == "登录名或密码不对。"
    assert page.get_by_label("登录名").input_value() == limin
    assert page.get_by_label("密码").input_value() == ""
    page.wait_for_function("document.activeElement.id === 'password'", timeout=5000)
    assert faults(visit, axe) == []
    enter(visit, limin, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("谁做了什么")
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/staff/login")
    assert [error for error in visit.errors if "401" not in error] == []
    assert {request.startswith(site.url) for request in visit.requests} == {True}
    context.close()


@pytest.mark.parametrize(("size", "language", "dark"), [((1280, 800), "zh", False), ((390, 844), "en", True)])
def test_the_pages_fit_and_have_no_fault_of_accessibility(site, limin, axe, size, language, dark):
    context = site.context(*size, dark=dark)
    visit = site.open(context, "/staff/login?lang=zh")
    enter(visit, limin, PASSWORD)
    visit.page.wait_for_selector(".staff-bar")
    for path in PAGES:
        visit.page.goto(f"{site.url}{path}?lang={language}")
        assert faults(visit, axe) == [], path
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= size[0], path
    assert [error for error in visit.errors if "404" not in error] == [], "/staff itself is another's page"
    context.close()
