"""Who may call which route. Routes are closed by default.

Each service has one table `ACCESS` from endpoint to `Rule` in its routes; `close_routes` refuses to
start an app whose table and routes differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from flask import Flask, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from services.kit.http.body import reject_truncated_body, reject_unstorable_input
from services.kit.http.uploads import UploadSlots
from services.kit.logging import bind_actor
from services.kit.problems import Forbidden, TokenMissing
from services.kit.sizes import LARGEST_FILE
from services.kit.tokens import ADMIN_SCOPE, Principal, TokenVerifier

SMALL_BODY = 64 * 1024
# Texts of a page or more in two languages.
LARGE_TEXT = 512 * 1024
LARGE_BODY = LARGEST_FILE
# A multipart body holds the parts' headers too.
MULTIPART_SLACK = 64 * 1024
# The scope of a citizen's own token, and those of the tokens of a representative.
SELF = "self"
GIVEN_SCOPES = ("self:record", "self:letters", "self:permits")


@dataclass(frozen=True)
class Rule:
    """Roles and scopes that may call a route; `max_body` in bytes, `at_once` is how many at a time.

    A caller needs all of `scopes`, and one of `any_scope` unless it is empty. With `is_for_managers`, the
    caller must also be a clerk who manages the own institution. A citizen needs `self`; the citizen's
    representative needs one of `given` (`GIVEN_SCOPES`), which is empty for what nobody can give.
    """

    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    any_scope: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    token_optional: bool = False
    is_for_managers: bool = False
    max_body: int = SMALL_BODY
    at_once: int | None = None

    def allow_body(self, max_body: int) -> "Rule":
        """Return the same rule for a body of another size."""
        return replace(self, max_body=max_body)

    def limit_concurrency(self, at_once: int) -> "Rule":
        """Return the same rule for this many simultaneous calls; all others get 503 `busy`."""
        return replace(self, at_once=at_once)

    def allow_representative(self, *given: str) -> "Rule":
        """Return the same rule, which a representative meets too who was given one of these scopes."""
        if not set(given) <= set(GIVEN_SCOPES):
            raise ValueError(f"a representative's scopes are some of: {', '.join(GIVEN_SCOPES)}")
        return replace(self, given=frozenset(given))

    def is_met_by(self, principal: Principal) -> bool:
        """Return whether this caller may call the route."""
        if principal.role not in self.roles or (self.is_for_managers and not principal.is_manager):
            return False
        if principal.role == "citizen":
            needed = frozenset({SELF}) if principal.actor is None else self.given
            return bool(needed & principal.scopes)
        return self.scopes <= principal.scopes and (
            not self.any_scope or bool(self.any_scope & principal.scopes)
        )


ANYONE = Rule(token_optional=True)
CITIZEN = Rule(roles=frozenset({"citizen"}))


def allow_officer(scope: str) -> Rule:
    return Rule(roles=frozenset({"officer"}), scopes=frozenset({scope}))


def allow_officer_with_any(*scopes: str) -> Rule:
    """Allow an officer who has one of the scopes."""
    return Rule(roles=frozenset({"officer"}), any_scope=frozenset(scopes))


def allow_service(scope: str) -> Rule:
    return Rule(roles=frozenset({"service"}), scopes=frozenset({scope}))


def allow_admin() -> Rule:
    return Rule(roles=frozenset({"admin"}), scopes=frozenset({ADMIN_SCOPE}))


def allow_manager() -> Rule:
    """Allow a clerk who manages the own institution."""
    return Rule(roles=frozenset({"institution"}), is_for_managers=True)


def allow_institution(scope: str, *, token_optional: bool = False) -> Rule:
    return Rule(roles=frozenset({"institution"}), scopes=frozenset({scope}), token_optional=token_optional)


def allow_citizen_or_officer(scope: str) -> Rule:
    """Allow the person, or an officer who has the scope."""
    return Rule(roles=frozenset({"citizen", "officer"}), scopes=frozenset({scope}))


def allow_citizen_or_institution(scope: str) -> Rule:
    """Allow the person, or an institution that has the scope."""
    return Rule(roles=frozenset({"citizen", "institution"}), scopes=frozenset({scope}))


def allow_citizen_officer_or_admin(scope: str) -> Rule:
    """Allow the person, an officer who has the scope, or an admin, whose scope officers never have."""
    return Rule(roles=frozenset({"citizen", "officer", "admin"}), any_scope=frozenset({scope, ADMIN_SCOPE}))


def close_routes(app: Flask, access: Mapping[str, Rule], verifier: TokenVerifier) -> None:
    """Guard every route by the table.

    Raises ValueError when a route has no rule or a rule has no route.
    """
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    if endpoints != access.keys():
        raise ValueError(f"routes and access rules differ: {sorted(endpoints ^ access.keys())}")
    app.extensions["access"] = dict(access)
    slots = {endpoint: UploadSlots(rule.at_once) for endpoint, rule in access.items() if rule.at_once}

    @app.before_request
    def guard() -> None:
        if request.endpoint is None:
            return
        rule = access[request.endpoint]
        request.max_content_length = rule.max_body
        g.principal = _verify_caller(rule, verifier)
        if g.principal and g.principal.actor:
            bind_actor(g.principal.actor)
        if request.endpoint in slots:
            if (request.content_length or 0) > rule.max_body:
                raise RequestEntityTooLarge
            # Before the body is read: that is where a thread waits.
            g.slot = slots[request.endpoint].enter(request.environ)
        reject_truncated_body()
        reject_unstorable_input()

    @app.teardown_request
    def free_slot(_error: BaseException | None) -> None:
        if slot := g.pop("slot", None):
            slot.free()


def _verify_caller(rule: Rule, verifier: TokenVerifier) -> Principal | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        if rule.token_optional:
            return None
        raise TokenMissing
    if rule.token_optional and not rule.roles:
        return None
    principal = verifier.verify(token.strip())
    if not rule.is_met_by(principal):
        raise Forbidden
    return principal


def get_caller() -> Principal:
    """Return the principal of this request. Raises TokenMissing on a route that needs no token."""
    principal = find_caller()
    if principal is None:
        raise TokenMissing
    return principal


def find_caller() -> Principal | None:
    """Return the principal of this request, or None if it came without a token."""
    return cast("Principal | None", g.principal)
