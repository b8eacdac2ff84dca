"""Who is signed in, and what is kept for a reader. Pages call `me`, `demand` and `keep`.

The cookie holds an opaque random id; the tokens are in the vault under it. A session ends after twenty idle
minutes, after twelve hours in any case, and when a service no longer accepts its token. What is kept for a
reader is found by the same person in the same session only.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from typing import Any, cast

import jwt
from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from gateway.portal import addresses, browser, devices, drafts
from gateway.portal.api import Api, Problem, Unavailable, anyone

MINUTE = 60
IDLE, LONGEST = 20 * MINUTE, 12 * 60 * MINUTE
# For how long a page that was wanted is gone to after signing in.
WANTED_FOR = 30 * MINUTE
WARN_BEFORE = 3 * MINUTE
# An access token is renewed this many seconds before it ends.
RENEW_BEFORE = 60
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
        return frozenset(str(_read_claims(self.access_token).get("scope", "")).split())

    @property
    def person(self) -> str:
        """The tag of who this is: role, subject and institution, and the same in each of their sessions."""
        claims = _read_claims(self.access_token)
        return browser.derive_tag(
            "person", self.role, str(claims.get("sub", "")), str(claims.get("institution_id", ""))
        )


@dataclass(frozen=True)
class Entrance:
    """What follows from a sign-in: the page that this person had wanted, and how often others had guessed.

    `wrong_codes` counts the wrong one-time codes since the right sign-in before.
    """

    wanted: str | None
    wrong_codes: int


class WrongDoor(Exception):
    """Somebody came to the door of another role; `role` is the one that is theirs."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


def current() -> SignedIn | None:
    """The session of this request, read once; None when there is none or it cannot be read."""
    if "store_away" in g:
        return None
    try:
        return _read()
    except Unavailable:
        g.store_away = True
        return None


def find_reader() -> str:
    """Return the tag of who is signed in at this browser, NOBODY when nobody is or it cannot be read."""
    signed_in = current()
    return signed_in.person if signed_in else drafts.NOBODY


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
    person = drafts.find_typist(session.get("person") or drafts.NOBODY)
    if person != drafts.NOBODY and request.method == "POST":
        drafts.keep_draft(person)
    if ended or request.method == "POST" or session.get("note") in {"form-expired", "page-old"}:
        has_draft = person != drafts.NOBODY and drafts.has_draft(person)
        session["note"] = "ended-kept" if has_draft else "ended"
    if addresses.is_shown():
        session["next"] = {"path": addresses.here(), "person": person, "until": time.time() + WANTED_FOR}
    return redirect(door_of(role))


def end() -> None:
    """Forget a session whose token is no longer accepted, with all that was kept in it but a draft."""
    owner = browser.find_id()
    if owner is None:
        return
    with suppress(Unavailable):
        browser.find_vault().drop(owner, "session")
        browser.find_vault().drop_all(owner, but={drafts.name_of(session.get("person", ""))})
    g.signed_in = None


def door_of(role: str) -> str:
    """The path of the role's sign-in page."""
    return url_for("account.sign_in" if role == CITIZEN else f"{role}.sign_in")


def sign_in(role: str, credentials: Mapping[str, str | None]) -> Entrance:
    """Open a session under a new id. Raises Problem when auth refuses, WrongDoor when the role is another."""
    account = str(credentials.get("national_code") or credentials.get("username"))
    known = devices.find_token(account)
    given = {**credentials, "device_token": known} if known else credentials
    grant = anyone().post("/api/v1/auth/sessions", given)
    if device_token := grant.get("device_token"):
        devices.keep_token(account, device_token)
    theirs = str(_read_claims(grant["access_token"])["role"])
    if theirs != role:
        # What does not hear of it lets the refresh token end by itself within two hours.
        with suppress(Problem):
            Api(anyone().services, grant["access_token"]).delete(CURRENT)
        raise WrongDoor(theirs)
    now = time.time()
    signed_in = SignedIn(role, grant["access_token"], grant["refresh_token"], now + grant["expires_in"], now)
    before, owner, wanted = browser.find_id(), browser.create_id(), session.get("next")
    browser.find_vault().put(owner, "session", asdict(signed_in), IDLE)
    if before:
        drafts.carry_draft(before, owner, signed_in.person)
        _drop_all(before)
    g.pop("signed_in", None)
    browser.start_afresh(owner, signed_in.person)
    return Entrance(_find_wanted(wanted, signed_in.person), int(grant.get("wrong_codes") or 0))


def sign_out() -> None:
    """End the session here and at auth; whatever does not answer, the cookie forgets it."""
    # What does not hear of it lets the refresh tokens end by themselves within two hours.
    with suppress(Problem):
        me().delete(CURRENT)
    owner = browser.find_id()
    try:
        if owner:
            _drop_all(owner)
    finally:
        g.signed_in = None
        browser.start_afresh()


def keep_typed() -> bool:
    """Keep the fields of this POST, but for secrets, until its form is shown again to whom it was shown.

    Returns whether that is the reader of this request. Raises Unavailable.
    """
    reader = find_reader()
    typist = drafts.find_typist(reader)
    drafts.keep_draft(typist)
    if typist != reader == drafts.NOBODY:
        session["person"] = typist
    return typist == reader


def take_typed() -> MultiDict[str, str] | None:
    """What this reader typed into the form at this path before a session ended; it is handed out once."""
    return drafts.take_draft(find_reader())


def keep(name: str, entry: Any, seconds: int) -> None:
    """Seal an entry for this reader, found again by `kept` until it has gone with its time."""
    browser.find_vault().put(browser.ensure_id(), _entry_name(name), entry, seconds)


def kept(name: str) -> Any:
    """What `keep` sealed under that name, or None."""
    owner = browser.find_id()
    return browser.find_vault().get(owner, _entry_name(name)) if owner else None


def let_go(name: str) -> None:
    """Forget what `keep` sealed under that name."""
    if owner := browser.find_id():
        browser.find_vault().drop(owner, _entry_name(name))


def only_once(key: str, work: Callable[[], tuple[Any, int]]) -> Any:
    """What comes of `work`, or came of it for the same `form.key` of the same reader in the same session.

    `work` returns what has come of it, and for how many seconds that counts.
    Without the store it works each time.
    """
    # A key is what a browser sends: by itself it would give the answer to who knows or guesses it.
    owner, vault, name = browser.ensure_id(), browser.find_vault(), ""
    with ExitStack() as held:
        done = None
        with suppress(Unavailable):
            name = _entry_name(f"once.{key}")
            held.enter_context(vault.alone(owner, name))
            done = vault.get(owner, name)
        if done is None:
            done, seconds = work()
            with suppress(Unavailable):
                if name:
                    vault.put(owner, name, done, seconds)
        return done


def _entry_name(name: str) -> str:
    # Unlike `find_reader` it raises Unavailable: nobody and a person must not be taken for each other.
    signed_in = _read()
    return f"kept.{name}.{signed_in.person if signed_in else drafts.NOBODY}"


def _find_wanted(wanted: Any, person: str) -> str | None:
    """The page that was wanted before a sign-in, if it was this person who wanted it, or nobody before."""
    if not isinstance(wanted, dict) or wanted["until"] < time.time():
        return None
    return cast("str", wanted["path"]) if wanted["person"] in {drafts.NOBODY, person} else None


def _read_claims(token: str) -> dict[str, Any]:
    """What an access token says of its bearer."""
    # It came from auth itself, over the portal's own connection, and only chooses pages and names entries:
    # whatever the portal asks with it, the services verify. So its signature proves nothing more here.
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _drop_all(owner: str) -> None:
    browser.find_vault().drop(owner, "session")
    browser.find_vault().drop_all(owner)


def _read() -> SignedIn | None:
    if "signed_in" not in g:
        # Looking at a page that asks by itself is no sign of a person.
        seconds = None if NO_POLL in request.headers else IDLE
        owner = session.get("id")
        found: Any = browser.find_vault().get(owner, "session", seconds=seconds) if owner else None
        signed_in = SignedIn(**found) if found else None
        g.signed_in = signed_in if signed_in and time.time() - signed_in.started < LONGEST else None
        if g.signed_in:
            session.setdefault("person", g.signed_in.person)
    return cast("SignedIn | None", g.signed_in)


def _renew() -> SignedIn:
    """The session with fresh tokens. A refresh token that is used twice ends its family: so one at a time."""
    owner, vault = session["id"], browser.find_vault()
    with vault.alone(owner, "session"):
        found = vault.get(owner, "session")
        if found is None:
            raise Problem(401, "token-expired", "", "")
        latest = SignedIn(**found)
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
            vault.put(owner, "session", asdict(latest), None if NO_POLL in request.headers else IDLE)
    g.signed_in = latest
    return latest
