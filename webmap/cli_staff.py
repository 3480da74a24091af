"""`lifecircle staff`: the first administrator, and what can be done about accounts without the pages."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from geo.errors import DataError, Problem, RequestError
from webmap.command_config import add_instance, config_of

if TYPE_CHECKING:
    from webmap.account_records import Grant
    from webmap.config import Config
    from webmap.store import Store

BY = "command"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `staff add`, `link`, `list`, `role`, `password`, `disable` and `enable`."""
    staff = commands.add_parser("staff", help="accounts of the staff")
    actions = staff.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; asks twice for its password")
    _add_login(add)
    _add_grant(add)
    add.add_argument("--name", help="the name that pages show; without it the login")
    add.add_argument("--subject", help="who this is at the single sign-on service: its `sub`; no password then")
    _add_password(add)
    add.set_defaults(run=run_add)
    link = actions.add_parser("link", help="let an account sign in through the single sign-on service")
    _add_login(link)
    link.add_argument("subject", metavar="SUB", help="who this is there: its `sub`")
    link.set_defaults(run=run_link)
    every = actions.add_parser("list", help="print every account")
    every.set_defaults(run=run_list)
    role = actions.add_parser("role", help="give an account another role or scope")
    _add_login(role)
    _add_grant(role)
    role.set_defaults(run=run_role)
    password = actions.add_parser("password", help="give an account another password; ends its sessions")
    _add_login(password)
    _add_password(password)
    password.set_defaults(run=run_password)
    for name, text in (("disable", "shut an account out; ends its sessions"), ("enable", "let it in again")):
        state = actions.add_parser(name, help=text)
        _add_login(state)
        state.set_defaults(run=run_state, disabled=name == "disable")
    for action in actions.choices.values():
        add_instance(action)


def _add_login(action: argparse.ArgumentParser) -> None:
    """Add the login."""
    action.add_argument("login", metavar="NAME", help="the login: small letters and figures")


def _add_grant(action: argparse.ArgumentParser) -> None:
    """Add role and scope."""
    from webmap.staff_roles import ROLES

    action.add_argument("--role", required=True, choices=ROLES)
    action.add_argument("--layers", default="", help="layers that an editor may edit, by commas; * for every one")
    action.add_argument("--subdistricts", default="", help="where an editor may edit, by commas; * for every one")


def _add_password(action: argparse.ArgumentParser) -> None:
    """Add the way that a password comes in: never as an argument, which others on the machine can read."""
    action.add_argument("--password-stdin", action="store_true", help="read it from the first line of standard input")


def run_add(options: argparse.Namespace) -> int:
    """Add an account with a password, or with who it is at the single sign-on service."""
    from webmap.account_records import add_account, find_account, login_problems, plain_login, set_password, set_subject

    config = config_of(options)
    login, grant = plain_login(options.login), _grant(options, config)
    store = _store(config)
    with store.reading() as connection:
        taken = find_account(connection, login) is not None
    problems = login_problems(login)
    if taken:
        problems.append(Problem("login_taken", "login", f"{login} has an account already", "Choose another"))
    if problems:
        raise DataError(problems)
    made = None if options.subject else _hashed(config, _read_password(options, login))
    with store.writing() as connection:
        account = add_account(connection, login, options.name or login, grant, BY)
        if made is not None:
            set_password(connection, account, made, BY)
        else:
            set_subject(connection, account, _subject(options.subject, config), BY)
    print(f"{login} can sign in as {grant.role}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Print every account: login, role, scope, state, name."""
    from webmap.account_records import read_accounts

    with _store(config_of(options)).reading() as connection:
        accounts = read_accounts(connection)
    for account in accounts:
        staff = account.staff
        scope = f" {','.join(staff.subdistricts)}/{','.join(staff.layers)}" if staff.role == "editor" else ""
        state = "disabled" if account.disabled else "one-time password" if staff.must_change else "active"
        print(f"{staff.login}\t{staff.role}{scope}\t{state}\t{staff.name}")
    return 0


def run_role(options: argparse.Namespace) -> int:
    """Give an account another role or scope."""
    from webmap.account_records import change_grant, require_account

    config = config_of(options)
    grant = _grant(options, config)
    with _store(config).writing() as connection:
        change_grant(connection, require_account(connection, options.login), grant, BY)
    print(f"{options.login} is {grant.role}")
    return 0


def run_password(options: argparse.Namespace) -> int:
    """Give an account another password and end its sessions."""
    from webmap.account_records import require_account, set_password
    from webmap.session_records import end_sessions

    config = config_of(options)
    store = _store(config)
    with store.reading() as connection:
        login = require_account(connection, options.login).staff.login
    made = _hashed(config, _read_password(options, login))
    with store.writing() as connection:
        account = require_account(connection, login)
        set_password(connection, account, made, BY)
        ended = end_sessions(connection, account.staff.id, "password")
    print(f"{login} has a new password; {ended} session(s) ended")
    return 0


def run_state(options: argparse.Namespace) -> int:
    """Shut an account out and end its sessions, or let it in again."""
    from webmap.account_records import require_account, set_disabled
    from webmap.session_records import end_sessions

    with _store(config_of(options)).writing() as connection:
        account = require_account(connection, options.login)
        set_disabled(connection, account, BY, disabled=options.disabled)
        ended = end_sessions(connection, account.staff.id, "disabled") if options.disabled else 0
    print(f"{options.login} is {'disabled' if options.disabled else 'enabled'}; {ended} session(s) ended")
    return 0


def _store(config: Config) -> Store:
    """Return the store of the configuration."""
    from webmap.store import open_store

    return open_store(config)


def _grant(options: argparse.Namespace, config: Config) -> Grant:
    """Return role and scope; DataError where a layer or subdistrict is none of the catalogue's."""
    from geo.catalog import read_catalog
    from webmap.account_records import Grant, grant_problems
    from webmap.staff_roles import EVERY

    layers, subdistricts = (
        tuple(name.strip() for name in text.split(",") if name.strip())
        for text in (options.layers, options.subdistricts)
    )
    grant = Grant(options.role, layers, subdistricts)
    problems = grant_problems(grant)
    catalog = read_catalog(config.data)
    for names, known, where in (
        (layers, catalog.layers, "--layers"),
        (subdistricts, catalog.subdistricts, "--subdistricts"),
    ):
        problems += [
            Problem("unknown_scope", where, f"there is no {name[:40]!r}", f"Known: *, {', '.join(known)}")
            for name in names
            if name != EVERY and name not in known
        ]
    if problems:
        raise DataError(problems)
    return grant


def _read_password(options: argparse.Namespace, login: str) -> str:
    """Return the password: the first line of standard input, or what is typed twice, unseen.

    Raises:
        DataError: it cannot be a password.
        RequestError: the two are not the same, or there is nobody to ask.
    """
    from webmap.passwords import password_problems

    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif not sys.stdin.isatty():
        raise RequestError("no_terminal", "password", "there is no terminal to ask at", "Use --password-stdin")
    else:
        password = getpass.getpass(f"Password for {login}: ")
        if getpass.getpass("Once more: ") != password:
            raise RequestError("password_twice", "password", "the two are not the same", "Start again")
    problems = password_problems(password, login)
    if problems:
        raise DataError(problems)
    return password


def _subject(given: str, config: Config) -> str:
    """Return who an account is at the configured single sign-on service; RequestError where there is none."""
    if config.staff.sign_on is None:
        raise RequestError("no_sign_on", "--subject", "no single sign-on is configured", "Set LIFECIRCLE_OIDC_ISSUER")
    return f"{config.staff.sign_on.issuer}|{given}"


def run_link(options: argparse.Namespace) -> int:
    """Let an account sign in through the single sign-on service too."""
    from webmap.account_records import require_account, set_subject

    config = config_of(options)
    subject = _subject(options.subject, config)
    with _store(config).writing() as connection:
        set_subject(connection, require_account(connection, options.login), subject, BY)
    print(f"{options.login} can sign in as {subject}")
    return 0


def _hashed(config: Config, password: str) -> str:
    """Return what is kept of a password."""
    from webmap.passwords import Passwords

    return Passwords(config.staff.password_cost).hash(password)
