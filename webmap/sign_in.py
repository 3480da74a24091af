"""Signing in: the password is compared, the attempt is counted, a new session takes the place of an old one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, session
from flask_login import login_user

from webmap.access_control import client_address, current_session, current_staff, note_refusal, signed_in_as
from webmap.account_records import Account, find_account, plain_login, refresh_hash
from webmap.config import Config
from webmap.history import record_event, utc_now
from webmap.login_attempts import Attempt, give_back, is_spent, take_attempt
from webmap.passwords import Passwords
from webmap.refusal_record import NOBODY, network_of
from webmap.session_records import begin_session, end_sessions, find_staff
from webmap.views import the_config, the_store

_PASSWORDS = "lifecircle.passwords"


@dataclass(frozen=True, slots=True)
class Tried:
    """How an attempt ended: the account whose password it was, or None, perhaps with the seconds to wait."""

    account: Account | None
    wait_s: int = 0


def passwords() -> Passwords:
    """Return the hashing of this application."""
    kept = current_app.extensions.get(_PASSWORDS)
    if not isinstance(kept, Passwords):
        kept = prepare_passwords(current_app)
    return kept


def prepare_passwords(app: Flask) -> Passwords:
    """Give `app` its hashing of passwords, at the configured cost."""
    config: Config = app.extensions["lifecircle.config"]
    made = Passwords(config.staff.password_cost)
    app.extensions[_PASSWORDS] = made
    return made


def try_password(login: str, password: str) -> Tried:
    """Compare a password; the same work is done whether the login is somebody's or not."""
    attempt = Attempt(plain_login(login), network_of(client_address()))
    store = the_store()
    with store.writing() as connection:
        wait_s = take_attempt(connection, attempt)
        account = find_account(connection, attempt.login)
        if not wait_s and is_spent(connection, attempt):
            details = {"address": attempt.address, "account": account.staff.login if account else None}
            record_event(connection, NOBODY, "login_limited", "", details)
    if wait_s:
        note_refusal("too_many_attempts", account.staff.login if account else None)
        return Tried(None, wait_s)
    usable = account if account is not None and _may_come_in(account) else None
    if not passwords().matches(usable.password if usable else None, password) or usable is None:
        note_refusal("wrong_password", account.staff.login if account else None)
        return Tried(None)
    with store.writing() as connection:
        give_back(connection, attempt)
        if passwords().is_outdated(usable.password or ""):
            refresh_hash(connection, usable, passwords().hash(password))
    return Tried(usable)


def begin(account: Account, way: str) -> None:
    """Sign `account` in: an old session of this browser ends, a new one with a new id begins. `way`: password, oidc."""
    config = the_config()
    before, was = current_session(), current_staff()
    with the_store().writing() as connection:
        if before is not None and was is not None:
            end_sessions(connection, was.id, "renewed", [before.id_hash])
        session_id = begin_session(connection, account.staff.id, request.user_agent.string)
        details = {"way": way, "address": client_address()}
        record_event(connection, account.staff.login, "signed_in", "", details)
        found = find_staff(connection, session_id, config.staff)
    session.clear()
    if found is not None:  # the account may have been disabled in this very moment
        login_user(signed_in_as(*found, session_id))


def local_target(wanted: str | None) -> str:
    """Return where to go after the login: the wanted staff page, never another site."""
    plain = wanted is not None and wanted.isprintable() and "\\" not in wanted
    is_staff = plain and wanted is not None and (wanted == "/staff" or wanted.startswith(("/staff/", "/staff?")))
    return wanted if is_staff and wanted is not None else "/staff"


def _may_come_in(account: Account) -> bool:
    """Return whether an account is not disabled and its one-time password, if that is one, has not run out."""
    in_time = account.one_time_until is None or account.one_time_until > utc_now()
    return account.disabled is None and in_time
