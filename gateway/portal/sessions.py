"""Sessions of readers who have signed in. Pages call `get_client` and `require_role`.

The cookie holds an opaque random id; the tokens are in the vault under it. A session ends after twenty idle
minutes, after twelve hours in any case, and when a service no longer accepts its token.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, cast

import jwt
from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from gateway.portal import addresses, api, browser, drafts
from govah_client.auth import Session
from govah_client.client import Client
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.representatives import ActingSession

MINUTE = 60
IDLE, LONGEST = 20 * MINUTE, 12 * 60 * MINUTE
# For how long a sign-in leads to the page that was opened before it.
WANTED_FOR = 30 * MINUTE
WARN_BEFORE = 3 * MINUTE
# An access token is renewed this many seconds before it expires.
RENEW_BEFORE = 60
POLL_HEADER = "Portal-Poll"
# The areas of a representative, and what must have been given for them; all others are the person's own.
GIVEN_FOR = {
    "acting": (),
    "record": ("record",),
    "disclosure": ("letters",),
    "inbox": ("letters",),
    "credentials": ("letters",),
    "permits": ("permits",),
}
CITIZEN, OFFICER, INSTITUTION, ADMIN = "citizen", "officer", "institution", "admin"
# The only scope of somebody who has first to do something else, and the page where.
FIRST_STEPS = {"choose-password": "first_steps.choose_password", "enrol": "two_step.request_app"}


@dataclass
class SignedIn:
    """The tokens of one person; moments are seconds since 1970."""

    role: str
    access_token: str
    refresh_token: str
    access_ends: float
    started: float
    # Whom the reader represents now, as `acting` stores it; nobody mostly.
    acting: dict[str, Any] | None = None

    @property
    def token(self) -> str:
        """The access token of the pages: the representative's while the reader acts for somebody."""
        return str(self.acting["access_token"]) if self.acting else self.access_token

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes of the token. They select what a page offers; the services verify them."""
        return frozenset(str(read_claims(self.token).get("scope", "")).split())

    @property
    def is_manager(self) -> bool:
        """Whether this is the manager of an institution."""
        return read_claims(self.access_token).get("manager") is True

    @property
    def first_step(self) -> str | None:
        """The endpoint of what has to be done before anything else, None if nothing has to."""
        return next((page for scope, page in FIRST_STEPS.items() if scope in self.scopes), None)

    @property
    def person(self) -> str:
        """The tag of the person: of role, subject and institution, and the same in each of their sessions.

        A representative has a tag for each person, so entries and drafts of the two do not mix.
        """
        claims = read_claims(self.token)
        parts = [self.role, str(claims.get("sub", "")), str(claims.get("institution_id", ""))]
        return browser.derive_tag("person", *parts, *([claims["act"]["sub"]] if self.acting else []))

    def is_given(self, name: str) -> bool:
        """Return whether the reader may see or do this: the own, or what was given to a representative."""
        return self.acting is None or f"self:{name}" in self.scopes

    def dump(self) -> dict[str, Any]:
        """Return what is stored; portals of the previous release read sessions in which nobody acts."""
        return {name: value for name, value in asdict(self).items() if name != "acting" or value}

    def use_tokens(self, grant: Session) -> None:
        """Replace the tokens by new ones."""
        self.access_token, self.refresh_token = grant["access_token"], grant["refresh_token"]
        self.access_ends = time.time() + grant["expires_in"]


def find_session() -> SignedIn | None:
    """Return the session of this request, None without one or if it cannot be read."""
    if "is_store_down" in g:
        return None
    try:
        return load_session()
    except ServiceUnavailable:
        g.is_store_down = True
        return None


def find_reader() -> str:
    """Return the tag of the person who is signed in at this browser, ANONYMOUS without a session."""
    signed_in = find_session()
    return signed_in.person if signed_in else drafts.ANONYMOUS


def load_session() -> SignedIn | None:
    """Return the session of this request, None without one. Raises ServiceUnavailable."""
    if "signed_in" not in g:
        # A poll by an open page does not show that a person is there.
        seconds = None if POLL_HEADER in request.headers else IDLE
        owner = session.get("id")
        entry: Any = browser.get_vault().get(owner, "session", seconds=seconds) if owner else None
        signed_in = SignedIn(**entry) if entry else None
        g.signed_in = signed_in if signed_in and time.time() - signed_in.started < LONGEST else None
        if g.signed_in:
            session.setdefault("person", g.signed_in.person)
    return cast("SignedIn | None", g.signed_in)


def get_client() -> Client:
    """Return the API in the name of the person who is signed in, or for whom the reader acts.

    Raises ApiError 401 without a session, which `require_role` rules out, and when a mandate has ended.
    """
    client = get_own_client()
    signed_in = load_session()
    if signed_in is None or signed_in.acting is None:
        return client
    if signed_in.acting["access_ends"] - RENEW_BEFORE < time.time():
        signed_in = _renew_acting(client)
    return api.get_client(signed_in.token)


def get_own_client() -> Client:
    """Return the API in the reader's own name, also while acting. Raises ApiError 401 without a session."""
    signed_in = load_session()
    if signed_in is None:
        raise ApiError(401, "token-missing")
    if signed_in.access_ends - RENEW_BEFORE < time.time():
        signed_in = _renew()
    return api.get_client(signed_in.access_token)


def require_role(role: str) -> Callable[[], ResponseReturnValue | None]:
    """Return a `before_request` of a blueprint that admits one role and redirects others to their sign-in."""

    def guard() -> ResponseReturnValue | None:
        signed_in = load_session()
        if signed_in and signed_in.role == role:
            if signed_in.acting and not _is_given(signed_in, request.blueprint or ""):
                raise ApiError(403, "not-given")
            return _redirect_to_first_step(signed_in)
        return redirect_to_sign_in(role, ended=bool(session.get("signed_in")) and signed_in is None)

    return guard


def _redirect_to_first_step(signed_in: SignedIn) -> ResponseReturnValue | None:
    """Return a redirect to what has to be done before anything else, None if that is done by now."""
    if signed_in.first_step is None:
        return None
    # The page where it was done has still the token of before.
    step = renew_now().first_step
    if step is None:
        return None
    if step == FIRST_STEPS["enrol"]:
        session["note"] = "enrol-first"
    return redirect(url_for(step))


def _is_given(signed_in: SignedIn, area: str) -> bool:
    """Return whether an area of the portal shows what was given to the representative."""
    needed = GIVEN_FOR.get(area)
    return needed is not None and (not needed or any(signed_in.is_given(name) for name in needed))


def is_open(area: str) -> bool:
    """Return whether pages offer an area: all of them, or what was given to the representative."""
    signed_in = find_session()
    return signed_in is None or signed_in.acting is None or _is_given(signed_in, area)


def redirect_to_sign_in(role: str, *, ended: bool) -> ResponseReturnValue:
    """Return a redirect to the role's sign-in page, which leads back here; save a sent form as a draft."""
    if POLL_HEADER in request.headers:
        return "", 401
    person = drafts.find_form_owner(session.get("person") or drafts.ANONYMOUS)
    if person != drafts.ANONYMOUS and request.method == "POST":
        drafts.save_draft(person)
    if ended or request.method == "POST" or session.get("note") in {"form-expired", "page-old"}:
        has_draft = person != drafts.ANONYMOUS and drafts.has_draft(person, request.path)
        session["note"] = "ended-kept" if has_draft else "ended"
    if addresses.is_page():
        session["next"] = {
            "path": addresses.get_current_path(),
            "person": person,
            "until": time.time() + WANTED_FOR,
        }
    return redirect(build_sign_in_path(role))


def get_subject() -> str:
    """Return the opaque id of the account that is signed in, "" without a session."""
    signed_in = find_session()
    return str(read_claims(signed_in.token).get("sub", "")) if signed_in else ""


def close_session() -> None:
    """Delete a session whose token is no longer accepted, with all its entries but the draft."""
    owner = browser.find_id()
    if owner is None:
        return
    with suppress(ServiceUnavailable):
        browser.get_vault().delete(owner, "session")
        draft = drafts.build_entry_name(session.get("person", ""))
        browser.get_vault().delete_all(owner, except_for={draft})
    g.signed_in = None


def build_sign_in_path(role: str) -> str:
    """Return the path of the role's sign-in page."""
    return url_for("account.sign_in" if role == CITIZEN else f"{role}.sign_in")


def read_claims(token: str) -> dict[str, Any]:
    """Return the claims of an access token without verifying its signature."""
    # auth returned it over the portal's own connection, and it only selects pages and names entries: the
    # services verify every token that the portal sends. So its signature proves nothing more here.
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def renew_now() -> SignedIn:
    """Return the session with new tokens, whose scopes are those of now."""
    return _renew(is_forced=True)


def _renew(*, is_forced: bool = False) -> SignedIn:
    """Return the session with new tokens.

    A refresh token that is used twice ends its session, so requests of a browser renew one after another.
    """
    owner, vault = session["id"], browser.get_vault()
    with vault.lock(owner, "session"):
        entry = vault.get(owner, "session")
        if entry is None:
            raise ApiError(401, "token-expired")
        latest = SignedIn(**entry)
        if is_forced or latest.access_ends - RENEW_BEFORE < time.time():
            try:
                grant = api.get_client().auth.refresh_session(latest.refresh_token)
            except ServiceUnavailable:
                if latest.access_ends > time.time():
                    return latest
                raise
            latest.use_tokens(grant)
            vault.put(owner, "session", latest.dump(), None if POLL_HEADER in request.headers else IDLE)
    g.signed_in = latest
    return latest


def _renew_acting(client: Client) -> SignedIn:
    """Return the session with a new token of the representative. Raises ApiError if the mandate has ended."""
    owner, vault = session["id"], browser.get_vault()
    with vault.lock(owner, "session"):
        entry = vault.get(owner, "session")
        latest = SignedIn(**entry) if entry else None
        if latest is None or latest.acting is None:
            raise ApiError(401, "token-expired")
        if latest.acting["access_ends"] - RENEW_BEFORE < time.time():
            try:
                grant = client.auth.start_acting(latest.acting["person_id"])
            except ApiError as problem:
                if problem.status != 404:
                    raise
                raise ApiError(401, "token-expired") from problem
            use_acting_token(latest.acting, grant)
            vault.put(owner, "session", latest.dump(), None if POLL_HEADER in request.headers else IDLE)
    g.signed_in = latest
    return latest


def use_acting_token(acting: dict[str, Any], grant: ActingSession) -> None:
    """Replace the token with which the reader acts for somebody."""
    acting["access_token"] = grant["access_token"]
    acting["access_ends"] = time.time() + grant["expires_in"]
