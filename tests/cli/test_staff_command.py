"""`lifecircle staff`: the first administrator and everybody after."""

from __future__ import annotations

import io

import pytest

from webmap.account_records import find_account
from webmap.config import Config
from webmap.history import verify
from webmap.passwords import Passwords
from webmap.session_records import begin_session
from webmap.staff_config import PasswordCost
from webmap.store import open_store

GOOD = "seven odd words in a row"


@pytest.fixture
def staff(run, tmp_path, monkeypatch):
    """Run `lifecircle staff ARGUMENTS`, with the lines that its standard input has."""

    def command(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return run("staff", *arguments, "--instance", tmp_path)

    return command


@pytest.fixture
def account(tmp_path):
    """Read an account of the instance."""

    def read(login):
        store = open_store(Config(instance=tmp_path))
        with store.reading() as connection:
            assert verify(connection) == []
            found = find_account(connection, login)
        store.close()
        return found

    return read


def test_the_first_administrator(staff, account):
    done = staff("add", "LiMin", "--name", "李敏", "--role", "administrator", "--password-stdin", typed=f"{GOOD}\n")
    assert (done.code, done.out) == (0, "limin can sign in as administrator\n")
    kept = account("limin")
    assert (kept.staff.name, kept.staff.role, kept.staff.must_change) == ("李敏", "administrator", False)
    assert kept.password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords(PasswordCost()).matches(kept.password, GOOD)
    assert staff("list").out == "limin\tadministrator\tactive\t李敏\n"


def test_there_is_no_default_password(staff, account):
    for typed in ("", "\n"):
        done = staff("add", "limin", "--role", "administrator", "--password-stdin", typed=typed)
        assert done.code == 1
        assert "too short" in done.err
    done = staff("add", "limin", "--role", "administrator")
    assert done.code == 2
    assert "--password-stdin" in done.err
    assert account("limin") is None


def test_at_a_terminal_it_asks_twice(run, account, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    answers = iter([GOOD, "another one", GOOD, GOOD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin", Terminal())
    add = ("staff", "add", "limin", "--role", "administrator", "--instance", tmp_path)
    different = run(*add)
    assert different.code == 2
    assert "not the same" in different.err
    assert account("limin") is None
    assert run(*add).code == 0
    assert account("limin") is not None


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("nine sign", "too short"),
        ("x" * 201, "too long"),
        ("aaaaaaaaaaaa", "everybody tries first"),
        ("Password2026!", "everybody tries first"),
        ("1234567890", "everybody tries first"),
        ("chenjinghua", "the login itself"),
        ("ChenJingHua2026", "the login itself"),
    ],
)
def test_a_password_that_is_none_is_refused_and_not_repeated(staff, account, password, told):
    done = staff("add", "chenjinghua", "--role", "viewer", "--password-stdin", typed=password)
    assert done.code == 1
    assert told in done.err
    assert password == "chenjinghua" or password not in done.err
    assert account("chenjinghua") is None


@pytest.mark.parametrize("login", ["a", ".ab", "a b", "../x", "李敏", "x" * 33, "seed", "anonymous", "a\x00b"])
def test_a_login_that_is_none_is_refused_before_a_password_is_asked_for(staff, login):
    done = staff("add", "--role=viewer", login)
    assert done.code == 1
    assert "login" in done.err


def test_an_editor_has_a_scope(staff, account):
    add = ("add", "chen", "--role", "editor", "--password-stdin")
    bare = staff(*add, typed=GOOD)
    assert bare.code == 1
    assert "2 problem(s)" in bare.err
    unknown = staff(*add, "--layers", "heritage_buildings,nowhere", "--subdistricts", "mars", typed=GOOD)
    assert unknown.code == 1
    assert "'nowhere'" in unknown.err
    assert "'mars'" in unknown.err
    assert staff(*add, "--layers", "heritage_buildings", "--subdistricts", "caojiadu", typed=GOOD).code == 0
    kept = account("chen").staff
    assert kept.may_edit("heritage_buildings", "caojiadu")
    assert not kept.may_edit("heritage_buildings", "hudong")
    assert not kept.may_edit("meal_points", "caojiadu")
    assert not kept.may_publish
    assert staff("role", "chen", "--role", "editor", "--layers", "*", "--subdistricts", "*").code == 0
    assert account("chen").staff.may_edit("anything to come", "anywhere")
    assert staff("role", "chen", "--role", "viewer").code == 0
    assert not account("chen").staff.may_edit("heritage_buildings", "caojiadu")


def test_a_new_password_and_disabling_end_sessions(staff, account, tmp_path):
    assert staff("add", "chen", "--role", "viewer", "--password-stdin", typed=GOOD).code == 0

    def sign_in():
        store = open_store(Config(instance=tmp_path))
        with store.writing() as connection:
            begin_session(connection, account("chen").staff.id, "a browser")
        store.close()

    sign_in()
    assert "1 session(s) ended" in staff("password", "chen", "--password-stdin", typed="eight other words").out
    sign_in()
    assert "1 session(s) ended" in staff("disable", "chen").out
    assert staff("list").out == "chen\tviewer\tdisabled\tchen\n"
    assert staff("enable", "chen").code == 0
    assert account("chen").disabled is None


def test_the_last_administrator_stays(staff, account):
    assert staff("add", "limin", "--role", "administrator", "--password-stdin", typed=GOOD).code == 0
    for command in (("disable", "limin"), ("role", "limin", "--role", "viewer")):
        done = staff(*command)
        assert done.code == 1
        assert "nobody else could administer" in done.err
    assert staff("add", "chen", "--role", "administrator", "--password-stdin", typed=GOOD).code == 0
    assert staff("disable", "limin").code == 0


def test_an_unknown_or_taken_login_is_told(staff):
    assert staff("add", "chen", "--role", "viewer", "--password-stdin", typed=GOOD).code == 0
    assert "has an account already" in staff("add", "CHEN ", "--role", "viewer", "--password-stdin", typed=GOOD).err
    for command in (("disable", "nobody"), ("role", "nobody", "--role", "viewer"), ("password", "nobody")):
        done = staff(*command)
        assert done.code == 2
        assert "staff list" in done.err
