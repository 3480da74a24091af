"""Who may do what: each view that changes something, or is for staff, says so with a mark, and one guard keeps to it.

    @pages.post("/staff/heritage/<feature>")
    @requires("editor")
    def save(feature: str) -> Response: ...

The guard runs before anything is looked up, so that a refusal tells nothing about what exists. In its order: cross-site
403, nobody 401 (a page that is only read: 303 to the login), role 403, body too long 413, token 400, media type 415.
A view that changes something and has no mark is refused with 403; tests/webmap/test_mutating_routes.py finds it first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import Problem
from webmap.config import Config
from webmap.refusal import RefusedError
from webmap.refusal_record import Refusals
from webmap.secret_key import read_secret_key
from webmap.session_records import SessionRecord, find_staff, is_stale, mark_seen
from webmap.staff_roles import Role, Staff
from webmap.store import StoreError
from webmap.views import the_config, the_store

UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON_TYPES = ("application/json", "application/geo+json", "application/merge-patch+json")
_MARK = "lifecircle_access"
_REFUSALS = "lifecircle.refusals"
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """The mark of a view. `role` None: open to all, because of `why`.

    `needs_token`: whether a changing request must bring the CSRF token. `media_types`: what a body may be, empty:
    anything. `max_body_bytes` None: the configuration's limit. `before_change`: allowed with a one-time password.
    """

    role: Role | None
    why: str = ""
    needs_token: bool = True
    media_types: tuple[str, ...] | None = None
    max_body_bytes: int | None = None
    before_change: bool = False


def requires(
    role: Role,
    *,
    media_types: tuple[str, ...] | None = None,
    max_body_bytes: int | None = None,
    before_change: bool = False,
) -> Callable[[_View], _View]:
    """Mark a view as one for `role` and the roles that include it; stands under the route.

    Args:
        role: the least that a visitor must be.
        media_types: what a changing request's body may be; None: JSON under /api/, anything elsewhere. Name the types
            of an upload under /api/.
        max_body_bytes: the longest body, where it is not the configuration's.
        before_change: whether somebody with a one-time password may come here before they have changed it.
    """
    return _marked(Access(role, media_types=media_types, max_body_bytes=max_body_bytes, before_change=before_change))


def open_to_all(
    why: str, *, needs_token: bool = False, media_types: tuple[str, ...] | None = None
) -> Callable[[_View], _View]:
    """Mark a changing view as one that needs no account, and say why; other sites are refused all the same.

    With `needs_token` it must bring the CSRF token, which sets the session cookie on the page of its form: only under
    /staff, since residents' pages set none.
    """
    return _marked(Access(None, why, needs_token, media_types, before_change=True))


def access_of(app: Flask, endpoint: str, method: str) -> Access | None:
    """Return the mark of an endpoint's view; of a class, that of the class or of its method."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    of_method = getattr(view_class, method.lower(), None)
    found = (getattr(part, _MARK, None) for part in (of_method, view_class, view))
    return next((mark for mark in found if mark is not None), None)


def current_staff() -> Staff | None:
    """Return who sends this request, None where it is nobody with an account."""
    return current_user.staff if isinstance(current_user._get_current_object(), _SignedIn) else None  # noqa: SLF001


def current_session() -> SessionRecord | None:
    """Return the session of this request, None where there is none."""
    known = current_user._get_current_object()  # noqa: SLF001 - the documented way to the user itself
    return known.record if isinstance(known, _SignedIn) else None


def client_address() -> str:
    """Return the address that this request comes from."""
    return request.remote_addr or "unknown"


def note_refusal(reason: str, account: str | None = None) -> None:
    """Put a refusal of this request in the audit: a person's each time, nobody's counted by address and minute.

    `account` is the login that somebody without a session has tried, where there is such an account.
    """
    refusals: Refusals = current_app.extensions[_REFUSALS]
    staff = current_staff()
    asked = {"reason": reason, "method": request.method, "endpoint": request.endpoint or ""}
    if account is not None:
        asked["account"] = account
    refusals.note(the_store(), staff.login if staff else None, client_address(), asked)


class _SignedIn(UserMixin):  # type: ignore[misc] # flask_login ships no types
    """What Flask-Login holds for a request: the person, and the session that they are in."""

    def __init__(self, staff: Staff, record: SessionRecord, session_id: str) -> None:
        """Keep them."""
        self.staff = staff
        self.record = record
        self.session_id = session_id

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie: the session's id and not the account's."""
        return self.session_id


def signed_in_as(staff: Staff, record: SessionRecord, session_id: str) -> UserMixin:
    """Return what `flask_login.login_user` takes."""
    return _SignedIn(staff, record, session_id)


def control_access(app: Flask, config: Config) -> None:
    """Give `app` sessions, tokens and the guard."""
    app.secret_key = read_secret_key(config)
    secure = config.staff.https
    app.config.update(
        SESSION_COOKIE_NAME="__Host-lifecircle" if secure else "lifecircle",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,  # the guard asks for it, in its order
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: a form may stay open over lunch
        WTF_CSRF_SSL_STRICT=False,  # the guard looks at Origin and Sec-Fetch-Site instead of the referrer
    )
    app.extensions[_REFUSALS] = Refusals()
    CSRFProtect(app)
    manager = LoginManager()
    manager.session_protection = "strong"
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"current_staff": current_staff})
    app.before_request(_guard)
    app.after_request(_keep_private)


def _marked(access: Access) -> Callable[[_View], _View]:
    """Return the decorator that puts a mark on a view."""

    def mark(view: _View) -> _View:
        setattr(view, _MARK, access)
        return view

    return mark


def _load(session_id: str) -> _SignedIn | None:
    """Return whose session it is, and write down now and then that it is in use."""
    config = the_config()
    with the_store().reading() as connection:
        found = find_staff(connection, session_id, config.staff)
    if found is None:
        return None
    staff, record = found
    if is_stale(record):
        try:
            with the_store().writing() as connection:
                mark_seen(connection, record)
        except StoreError:  # whoever only reads may do so on a full disk
            current_app.logger.exception("The time of a session's last request could not be written down")
    return _SignedIn(staff, record, session_id)


def _guard() -> AnyResponse | None:
    """Refuse what the view's mark does not allow; note each refusal in the audit."""
    if request.endpoint is None:
        return None
    unsafe = request.method in UNSAFE_METHODS
    mark = access_of(current_app, request.endpoint, request.method)
    if mark is None and not unsafe:
        return None
    try:
        return _check(mark, unsafe=unsafe)
    except RefusedError as refused:
        note_refusal(refused.problem.code)
        raise


def _check(mark: Access | None, *, unsafe: bool) -> AnyResponse | None:
    """Raise RefusedError where the request may not go on; return the way to the login where a page is only read."""
    if unsafe:
        _require_same_site()
    if mark is None:
        raise _refused(403, "no_access_mark", "nobody may do this", "Ask whoever runs the service")
    if mark.role is not None:
        elsewhere = _require_role(mark, mark.role, unsafe=unsafe)
        if elsewhere is not None:
            return elsewhere
    if unsafe:
        _require_body(mark)
    return None


def _require_same_site() -> None:
    """Refuse a changing request that another site's page has sent."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    foreign = origin is not None and _host_of(origin) != _host_of(f"{request.scheme}://{request.host}")
    if foreign or site not in (None, "same-origin", "none"):
        raise _refused(403, "cross_site", "the request comes from another site's page", "Use the pages of this service")


def _host_of(origin: str) -> str:
    """Return host and port of an origin, without the port that is understood; the scheme a proxy may have changed."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return ""
    return f"{parts.hostname}:{'' if port in (80, 443, None) else port}"


def _require_role(mark: Access, role: Role, *, unsafe: bool) -> AnyResponse | None:
    """Refuse nobody and a role that is too little; return the way to another page where that helps a reader."""
    had_session = "_user_id" in session
    staff = current_staff()
    reads_page = not unsafe and not request.path.startswith("/api/")
    if staff is None:
        if reads_page and not had_session:
            return redirect(url_for("accounts.login", next=_here()), 303)
        if had_session:
            session.clear()
        found = "the session has ended" if had_session else "nobody has signed in"
        headers = {"WWW-Authenticate": 'Session realm="Lifecircle", login="/staff/login"'}
        raise _refused(401, "session_ended" if had_session else "not_signed_in", found, "Sign in", headers)
    if staff.must_change and not mark.before_change:
        if reads_page:
            return redirect(url_for("accounts.show"), 303)
        raise _refused(403, "one_time_password", "the password is a one-time one", "Change it first")
    if not staff.includes(role):
        raise _refused(403, "role_too_little", f"this needs {role}, you are {staff.role}", "Ask an administrator")
    return None


def _require_body(mark: Access) -> None:
    """Refuse a body that is too long, without the token, or of a media type that the view does not take."""
    config = the_config()
    limit = mark.max_body_bytes or config.max_body_bytes
    request.max_content_length = limit
    if (request.content_length or 0) > limit:
        raise _refused(413, "body_too_long", f"the body has {request.content_length} bytes", f"Send {limit} at most")
    if mark.needs_token:
        _require_token()
    allowed = mark.media_types
    if allowed is None:
        allowed = JSON_TYPES if request.path.startswith("/api/") else ()
    has_body = bool(request.content_length) or request.method != "DELETE"
    if allowed and has_body and request.mimetype not in allowed:
        found = f"the body is {request.mimetype or 'of no named type'}"
        raise _refused(415, "media_type", found, f"Send one of: {', '.join(allowed)}")


def _require_token() -> None:
    """Refuse a changing request without the token of its session's pages."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError as error:
        remedy = "Load the page again and send csrf_token, or the header X-CSRFToken"
        raise _refused(400, "bad_token", "the token of the page is missing or of another session", remedy) from error


def _refused(status: int, code: str, found: str, remedy: str, headers: dict[str, str] | None = None) -> RefusedError:
    """Return the refusal of this request."""
    return RefusedError(status, Problem(code, "request", found, remedy), headers)


def _here() -> str:
    """Return the address of this page, to come back to after the login."""
    return request.full_path.removesuffix("?")


def _keep_private(response: Response) -> Response:
    """Let no cache keep what a person with an account sees."""
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    personal = request.path.startswith("/staff") or cookie in request.cookies
    if personal and request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
