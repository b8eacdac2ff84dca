"""Who is signed in, and what was typed when a session ended. Pages call `me`, `demand` and `keep`.

The cookie holds an opaque random id; the tokens are in the vault under it. A session ends after twenty idle
minutes and after twelve hours in any case.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import jwt
from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from gateway.portal.api import Api, Problem, Unavailable, anyone
from gateway.portal.vault import Vault

MINUTE = 60
IDLE, LONGEST, TYPED_FOR = 20 * MINUTE, 12 * 60 * MINUTE, 30 * MINUTE
WARN_BEFORE = 3 * MINUTE
# An access token is renewed this many seconds before it ends.
RENEW_BEFORE = 60
# What people type that is kept nowhere.
SECRET_FIELD = re.compile(r"password|totp|csrf|(?<!national_)(?<!workshop_)code$")
NO_POLL = "Portal-Poll"
CURRENT = "/api/v1/auth/sessions/current"
CITIZEN, OFFICER, INSTITUTION = "citizen", "officer", "institution"


@dataclass
class SignedIn:
    """The tokens of one person; moments are seconds since 1970."""

    role: str
    access_token: str
    refresh_token: str
    access_ends: float
    started: float

    @property
    def scopes(self) -> frozenset[str]:
        """What the token allows; it chooses what a page offers, the services verify."""
        return frozenset(str(_claims_of(self.access_token).get("scope", "")).split())


class WrongDoor(Exception):
    """Somebody came to the door of another role; `role` is the one that is theirs."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


def current() -> SignedIn | None:
    """The session of this request, read once; None when there is none or it cannot be read."""
    try:
        return _read()
    except Unavailable:
        return None


def me() -> Api:
    """The API in the name of whoever is signed in; only behind `demand`."""
    signed_in = _read()
    if signed_in is None:
        raise Problem(401, "token-missing", "", "")
    if signed_in.access_ends - RENEW_BEFORE < time.time():
        signed_in = _renew()
    return Api(anyone().services, signed_in.access_token)


def demand(role: str) -> Callable[[], ResponseReturnValue | None]:
    """A `before_request` of a blueprint: lets this role in, and sends others to their sign-in page."""

    def guard() -> ResponseReturnValue | None:
        signed_in = _read()
        if signed_in and signed_in.role == role:
            return None
        return to_sign_in(role, ended=bool(session.get("signed_in")) and signed_in is None)

    return guard


def to_sign_in(role: str, *, ended: bool) -> ResponseReturnValue:
    """A redirect to the role's sign-in page and from there back here; a form's content is kept for then."""
    if NO_POLL in request.headers:
        return "", 401
    if request.method == "POST":
        keep_typed()
        session["note"] = "ended"
    elif ended:
        session["note"] = "ended"
    session["next"] = here()
    return redirect(door_of(role))


def door_of(role: str) -> str:
    """The path of the role's sign-in page."""
    return url_for("account.sign_in" if role == CITIZEN else f"{role}.sign_in")


def sign_in(role: str, credentials: Mapping[str, str | None]) -> None:
    """Open a session under a new id. Raises Problem when auth refuses, WrongDoor when the role is another."""
    grant = anyone().post("/api/v1/auth/sessions", credentials)
    theirs = _role_of(grant["access_token"])
    if theirs != role:
        # What does not hear of it lets the refresh token end by itself within two hours.
        with suppress(Problem):
            Api(anyone().services, grant["access_token"]).delete(CURRENT)
        raise WrongDoor(theirs)
    typed = _vault().get(session["id"], "typed") if "id" in session else None
    _forget()
    owner = _new_id()
    now = time.time()
    signed_in = SignedIn(role, grant["access_token"], grant["refresh_token"], now + grant["expires_in"], now)
    _vault().put(owner, "session", asdict(signed_in), IDLE)
    # An id alone is no sign of it: strangers get one too when something is kept for them.
    session["signed_in"] = True
    if typed:
        _vault().put(owner, "typed", typed, TYPED_FOR)


def sign_out() -> None:
    """End the session here and at auth; whatever does not answer, the cookie forgets it."""
    # What does not hear of it lets the refresh tokens end by themselves within two hours.
    with suppress(Problem):
        me().delete(CURRENT)
    try:
        _forget()
    finally:
        session.pop("id", None)
        session.pop("signed_in", None)


def keep_typed() -> None:
    """Keep the fields of this POST, but for secrets, until its form is shown again."""
    owner = session.get("id") or _new_id()
    fields = [
        (name, value) for name, value in request.form.items(multi=True) if not SECRET_FIELD.search(name)
    ]
    _vault().put(owner, "typed", {"path": request.path, "fields": fields}, TYPED_FOR)


def take_typed() -> MultiDict[str, str] | None:
    """What was typed into the form at this path before a session ended; it is handed out once."""
    if "id" not in session:
        return None
    try:
        typed = _vault().get(session["id"], "typed")
        if not typed or typed["path"] != request.path:
            return None
        _vault().drop(session["id"], "typed")
    except Unavailable:
        # An empty form is worth more than none.
        return None
    return MultiDict([(name, value) for name, value in typed["fields"]])


def keep(name: str, entry: Any, seconds: int) -> None:
    """Seal an entry for this reader, found again by `kept` until it has gone with its time."""
    _vault().put(session.get("id") or _new_id(), f"kept.{name}", entry, seconds)


def kept(name: str) -> Any:
    """What `keep` sealed under that name, or None."""
    return _vault().get(session["id"], f"kept.{name}") if "id" in session else None


def let_go(name: str) -> None:
    """Forget what `keep` sealed under that name."""
    if "id" in session:
        _vault().drop(session["id"], f"kept.{name}")


def only_once(key: str, work: Callable[[], tuple[Any, int]]) -> Any:
    """What comes of `work`, or came of it for the same `form.key`: a form that is sent twice asks once.

    `work` returns what has come of it, and for how many seconds that counts.
    Without the store it works each time.
    """
    with ExitStack() as held:
        done = None
        with suppress(Unavailable):
            held.enter_context(_vault().alone(key, "once"))
            done = _vault().get(key, "once")
        if done is None:
            done, seconds = work()
            with suppress(Unavailable):
                _vault().put(key, "once", done, seconds)
        return done


def here() -> str:
    """The path and query of this request."""
    return request.full_path.rstrip("?")


def safe(target: str | None, otherwise: str) -> str:
    """The target if it is a path of this portal."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return otherwise
    return target if not urlsplit(target).netloc else otherwise


def _vault() -> Vault:
    return cast("Vault", current_app.extensions["vault"])


def _new_id() -> str:
    session["id"] = secrets.token_urlsafe(32)
    return cast("str", session["id"])


def _role_of(token: str) -> str:
    """The role that an access token gives."""
    return str(_claims_of(token)["role"])


def _claims_of(token: str) -> Mapping[str, Any]:
    """What an access token says."""
    # It came from auth itself, over the portal's own connection, and only chooses a page: whatever the portal
    # asks with it, the services verify. So its signature proves nothing more here.
    claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _forget() -> None:
    if "id" in session:
        _vault().drop(session["id"], "session")
        _vault().drop(session["id"], "typed")
    g.pop("signed_in", None)


def _read() -> SignedIn | None:
    if "signed_in" not in g:
        # Looking at a page that asks by itself is no sign of a person.
        seconds = None if NO_POLL in request.headers else IDLE
        kept: Any = _vault().get(session["id"], "session", seconds=seconds) if "id" in session else None
        signed_in = SignedIn(**kept) if kept else None
        g.signed_in = signed_in if signed_in and time.time() - signed_in.started < LONGEST else None
    return cast("SignedIn | None", g.signed_in)


def _renew() -> SignedIn:
    """The session with fresh tokens. A refresh token that is used twice ends its family: so one at a time."""
    owner = session["id"]
    with _vault().alone(owner, "session"):
        kept = _vault().get(owner, "session")
        if kept is None:
            raise Problem(401, "token-expired", "", "")
        latest = SignedIn(**kept)
        if latest.access_ends - RENEW_BEFORE < time.time():
            try:
                grant = anyone().post(
                    "/api/v1/auth/sessions/refresh", {"refresh_token": latest.refresh_token}
                )
            except Unavailable:
                if latest.access_ends > time.time():
                    return latest
                raise
            latest.access_token, latest.refresh_token = grant["access_token"], grant["refresh_token"]
            latest.access_ends = time.time() + grant["expires_in"]
            _vault().put(owner, "session", asdict(latest), IDLE)
    g.signed_in = latest
    return latest
