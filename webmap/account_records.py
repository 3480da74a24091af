"""Accounts in the store: reading them, adding one, changing one; every change is an event of the history."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from geo.errors import DataError, NotFoundError, Problem
from webmap.account_tables import ACCOUNT
from webmap.fresh_ids import fresh_id
from webmap.history import canonical, record_event, utc_now
from webmap.staff_roles import ROLES, Role, Staff

RESERVED_LOGINS = ("anonymous", "command", "lifecircle", "seed", "system")
"""What the history says where nobody with an account has done something."""
LOGIN_FORM = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Account:
    """A person with an account, and what only accounts and administrators need to know of them."""

    staff: Staff
    password: str | None
    one_time_until: str | None
    created: str
    disabled: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account may do: a role and, for an editor, the layers and subdistricts."""

    role: Role
    layers: tuple[str, ...] = ()
    subdistricts: tuple[str, ...] = ()


def plain_login(text: str) -> str:
    """Return a login as it is kept and compared: small letters, NFKC, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def staff_of(row: Row[Any]) -> Staff:
    """Return the person of a row that has the columns of the accounts."""
    known = row._mapping  # noqa: SLF001 - the documented way to a row's columns
    return Staff(
        id=known[ACCOUNT.c.id],
        login=known[ACCOUNT.c.login],
        name=known[ACCOUNT.c.name],
        role=known[ACCOUNT.c.role],
        layers=tuple(json.loads(known[ACCOUNT.c.layers])),
        subdistricts=tuple(json.loads(known[ACCOUNT.c.subdistricts])),
        must_change=known[ACCOUNT.c.one_time_until] is not None,
    )


def read_accounts(connection: Connection) -> list[Account]:
    """Return every account by login, the disabled ones too."""
    return [_account(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.login))]


def find_account(connection: Connection, login: str) -> Account | None:
    """Return the account of a login, None where there is none."""
    plain = plain_login(login)
    if LOGIN_FORM.fullmatch(plain) is None:  # not every database takes what somebody may type
        return None
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.login == plain)).first()
    return None if row is None else _account(row)


def require_account(connection: Connection, login: str) -> Account:
    """Return the account of a login; NotFoundError where there is none."""
    account = find_account(connection, login)
    if account is None:
        raise NotFoundError("unknown_account", "login", "nobody has this login", "See: lifecircle staff list")
    return account


def find_subject(connection: Connection, subject: str) -> Account | None:
    """Return the account that another service knows as `subject`, None where there is none."""
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.subject == subject)).first()
    return None if row is None else _account(row)


def add_account(connection: Connection, login: str, name: str, grant: Grant, by: str) -> Account:
    """Add an account without a password; `by` is the login of who adds it, or `command`.

    Raises:
        DataError: with every fault of login, name and grant; `where` names the field.
    """
    login, name = plain_login(login), " ".join(unicodedata.normalize("NFC", name).split())
    problems = login_problems(login) + _name_problems(name) + grant_problems(grant)
    if not problems and find_account(connection, login) is not None:
        problems = [Problem("login_taken", "login", f"{login} has an account already", "Choose another")]
    if problems:
        raise DataError(problems)
    identity = fresh_id()
    row = {"id": identity, "login": login, "name": name, "created": utc_now()}
    connection.execute(ACCOUNT.insert().values(**row, **_columns(grant)))
    record_event(connection, by, "account_added", "", {"account": login, "name": name, **_told(grant)})
    return require_account(connection, login)


def change_grant(connection: Connection, account: Account, grant: Grant, by: str) -> None:
    """Give an account another role or scope.

    Raises:
        DataError: the grant is at fault, or nobody would be left to administer.
    """
    problems = grant_problems(grant)
    if grant.role != "administrator":
        problems += _last_administrator(connection, account)
    if problems:
        raise DataError(problems)
    before = Grant(account.staff.role, account.staff.layers, account.staff.subdistricts)
    connection.execute(ACCOUNT.update().where(_is(account)).values(**_columns(grant)))
    details = {"account": account.staff.login, **_told(grant), "before": _told(before)}
    record_event(connection, by, "role_changed", "", details)


def set_disabled(connection: Connection, account: Account, by: str, *, disabled: bool) -> None:
    """Shut an account out, or let it in again; its sessions are the caller's to end.

    Raises:
        DataError: nobody would be left to administer.
    """
    problems = _last_administrator(connection, account) if disabled else []
    if problems:
        raise DataError(problems)
    connection.execute(ACCOUNT.update().where(_is(account)).values(disabled=utc_now() if disabled else None))
    operation = "account_disabled" if disabled else "account_enabled"
    record_event(connection, by, operation, "", {"account": account.staff.login})


def set_password(connection: Connection, account: Account, password_hash: str, by: str, *, one_time_h: int = 0) -> None:
    """Keep a new password's hash; with `one_time_h` it is a one-time one that must be changed within these hours."""
    until = datetime.now(UTC) + timedelta(hours=one_time_h)
    one_time_until = until.isoformat(timespec="microseconds").replace("+00:00", "Z") if one_time_h else None
    values = {"password": password_hash, "one_time_until": one_time_until}
    connection.execute(ACCOUNT.update().where(_is(account)).values(**values))
    operation = "one_time_password" if one_time_h else "password_changed"
    record_event(connection, by, operation, "", {"account": account.staff.login})


def refresh_hash(connection: Connection, account: Account, password_hash: str) -> None:
    """Keep the same password hashed anew, because what hashing costs has changed."""
    connection.execute(ACCOUNT.update().where(_is(account)).values(password=password_hash))


def set_subject(connection: Connection, account: Account, subject: str, by: str) -> None:
    """Keep who an account is at another service."""
    connection.execute(ACCOUNT.update().where(_is(account)).values(subject=subject))
    record_event(connection, by, "sign_on_linked", "", {"account": account.staff.login, "subject": subject})


def login_problems(login: str) -> list[Problem]:
    """Return what is wrong with a login."""
    if login in RESERVED_LOGINS:
        return [Problem("login_reserved", "login", f"{login} has a meaning of its own", "Choose another")]
    if LOGIN_FORM.fullmatch(login) is None:
        remedy = "Write 2 to 32 of a-z, 0-9, dot, hyphen and underscore, a letter or figure first"
        return [Problem("bad_login", "login", "this is no login", remedy)]
    return []


def grant_problems(grant: Grant) -> list[Problem]:
    """Return what is wrong with a grant: an unknown role, an editor of nothing."""
    if grant.role not in ROLES:
        return [Problem("unknown_role", "role", "there is no such role", f"Known: {', '.join(ROLES)}")]
    problems = []
    if grant.role == "editor" and not grant.layers:
        problems.append(Problem("no_layers", "layers", "an editor of no layer", "Name the layers, or * for every one"))
    if grant.role == "editor" and not grant.subdistricts:
        remedy = "Name the subdistricts, or * for every one"
        problems.append(Problem("no_subdistricts", "subdistricts", "an editor of no subdistrict", remedy))
    return problems


def _name_problems(name: str) -> list[Problem]:
    """Return what is wrong with the name that pages show."""
    shown = name.isprintable() and not any(unicodedata.category(sign) in {"Cf", "Cs"} for sign in name)
    if name and shown and len(name) <= _NAME_LENGTH:
        return []
    return [Problem("bad_name", "name", "this is no name", f"Write 1 to {_NAME_LENGTH} signs, nothing invisible")]


def _last_administrator(connection: Connection, account: Account) -> list[Problem]:
    """Return the problem where `account` is the only administrator who can come in."""
    if account.staff.role != "administrator" or account.disabled:
        return []
    others = (ACCOUNT.c.role == "administrator", ACCOUNT.c.disabled.is_(None), ACCOUNT.c.id != account.staff.id)
    if connection.execute(select(ACCOUNT.c.id).where(*others).limit(1)).first() is not None:
        return []
    remedy = "Make somebody else an administrator before"
    return [Problem("last_administrator", "login", "nobody else could administer the accounts", remedy)]


def _is(account: Account) -> Any:  # noqa: ANN401 - SQLAlchemy's comparisons have no public type
    """Return the condition that a row is this account's."""
    return ACCOUNT.c.id == account.staff.id


def _columns(grant: Grant) -> dict[str, str]:
    """Return a grant as it is kept; only an editor's scope is."""
    scoped = grant if grant.role == "editor" else Grant(grant.role)
    return {
        "role": scoped.role,
        "layers": canonical(sorted(set(scoped.layers))),
        "subdistricts": canonical(sorted(set(scoped.subdistricts))),
    }


def _told(grant: Grant) -> dict[str, object]:
    """Return a grant for the history."""
    told: dict[str, object] = {"role": grant.role}
    if grant.role == "editor":
        told |= {"layers": sorted(set(grant.layers)), "subdistricts": sorted(set(grant.subdistricts))}
    return told


def _account(row: Row[Any]) -> Account:
    """Return a row of the table of accounts."""
    known = row._mapping  # noqa: SLF001 - the documented way to a row's columns
    names = ("password", "one_time_until", "created", "disabled", "subject")
    return Account(staff_of(row), *(known[ACCOUNT.c[name]] for name in names))
