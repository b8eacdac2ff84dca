"""Every public route by every caller who may not, and other people's things by those who may."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt

from services import SERVICES
from tests.attack.registry import Outcome, Size, register_attack
from tests.attack.target import AUTH, RECORDS, Caller, Target, read_problem_code
from tests.tokens import mint

METHODS = ("get", "post", "put", "delete")
SERVICE_SCOPES = {
    "auth": "records:match-person",
    "disclosure": "records:events",
    "inquiry": "disclosure:events",
    "pdfworker": "disclosure:render",
}
MISSING = {"kind": "missing-period", "workshop_name": "کارگاه نمونه", "city": "تهران", "days": 30}
MISSING |= {"start_jalali": "1390-01-01", "end_jalali": "1390-01-31", "text": "در فهرست نیست"}
# Each would end the session that the next try needs, or has credentials of its own.
SPARED = ("/sessions/current", "/token")
# Behind the door: service, method, path, and the scope of whom it is for; "self" is a citizen with the own.
INTERNAL = (
    *((service, "GET", "/internal/events", f"{service}:events") for service in SERVICES),
    ("records", "POST", "/internal/people/match", "records:match-person"),
    ("records", "POST", "/internal/figures", "records:figures"),
    ("records", "POST", "/internal/answer-facts/digests", "records:answers"),
    ("records", "GET", "/internal/people/{person_id}", "records:identify-person"),
    ("records", "GET", "/internal/statement?types=all", "self"),
    ("disclosure", "POST", "/internal/requests/{disclosure_id}/claim", "disclosure:render"),
    ("disclosure", "PUT", "/internal/requests/{disclosure_id}/document", "disclosure:render"),
    ("disclosure", "POST", "/internal/requests/{disclosure_id}/failure", "disclosure:render"),
    ("disclosure", "GET", "/internal/letters/{letter_id}", "self"),
    ("disclosure", "GET", "/internal/letters/{letter_id}/document", "self"),
    ("records", "GET", "/internal/answer-facts", "self"),
    ("disclosure", "POST", "/internal/answers/preview", "self"),
    ("disclosure", "POST", "/internal/answers", "self"),
    ("disclosure", "POST", "/internal/consent-letters/preview", "self"),
    ("disclosure", "POST", "/internal/consent-letters", "self"),
    ("disclosure", "DELETE", "/internal/consent-letters/{consent_id}", "self"),
    ("disclosure", "POST", "/internal/consent-letters/{consent_id}/release", "disclosure:consents"),
    ("disclosure", "GET", "/internal/consent-letters/{consent_id}/document", "disclosure:consents"),
)


@dataclass(frozen=True)
class Route:
    """One public call, with the ids of somebody's things in its path."""

    method: str
    path: str
    may: tuple[tuple[str, frozenset[str]], ...]
    is_open: bool
    has_things: bool

    def is_permitted(self, role: str, scopes: frozenset[str]) -> bool:
        """Return whether the documentation lets this caller in."""
        if role == "nobody":
            return self.is_open
        return not self.may or any(
            one == role and (not needed or needed & scopes) for one, needed in self.may
        )


def list_routes(target: Target, things: Mapping[str, str]) -> Iterator[Route]:
    """Yield every documented call."""
    for service in SERVICES:
        document = target.create_stranger().get(f"/api/v1/{service}/openapi.json").json()
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item and not path.endswith(SPARED):
                    yield _build_route(method, path, item[method]["security"], things)


def _build_route(
    method: str, path: str, security: list[dict[str, list[str]]], things: Mapping[str, str]
) -> Route:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    values = {name: things.get(name, str(uuid.uuid4())) for name in names}
    bearers = [one["bearerAuth"] for one in security if "bearerAuth" in one]
    may = tuple((role, frozenset(scopes)) for role, *scopes in bearers)
    return Route(method.upper(), path.format(**values), may, not may or {} in security, bool(names))


@cache
def list_things(target: Target) -> dict[str, str]:
    """Return the ids of one person's things, by the name of their variable in paths."""
    holder = target.holder
    caller = holder.person.caller
    drafted = caller.post(f"{RECORDS}/me/objections", MISSING).json()
    caller.post(f"{RECORDS}/me/objections/{drafted['id']}/confirmation")
    draft = caller.post(f"{RECORDS}/me/objections", MISSING | {"kind": "missing-period"})
    assert draft.status_code in {201, 409}, draft.text
    imported = target.sign_in_officer().get(f"{RECORDS}/lists").json()["items"][0]
    begun = target.sign_in_officer().post(f"{RECORDS}/imports", {"name": "lists.zip", "size": 1}).json()
    permit = holder.issue_permit()
    answered = target.create_stranger().inquire(holder.person.national_code, permit["code"]).json()
    disclosure_request = caller.get("/api/v1/disclosure/requests").json()["items"][0]
    mandate = _offer_mandate(target)
    reset = target.create_stranger().post(f"{AUTH}/password-resets", holder.person.identity).json()
    return {
        "letter_id": holder.letter["id"],
        "serial": holder.letter["serial"],
        "disclosure_id": disclosure_request["id"],
        "permit_id": permit["id"],
        "objection_id": drafted["id"],
        "list_id": imported["id"],
        "import_id": begun["id"],
        "number": "0",
        "file": "workers",
        "inquiry_id": answered["inquiry_id"],
        "reset_id": reset["reset_id"],
        "mandate_id": mandate,
        "consent_id": _queue_letter_of_consent(target),
        "person_id": str(uuid.uuid4()),
        "token": "A" * 43,
    }


def _queue_letter_of_consent(target: Target) -> str:
    """Return the id of a consent whose letter the holder has queued, as inquiry does for an approval."""
    caller, consent_id = target.holder.person.caller, str(uuid.uuid4())
    version = caller.get("/api/v1/disclosure/agreement").json()["version"]
    body = {"consent_id": consent_id, "types": ["all"], "agreement_version": version}
    queued = caller.http.post(f"{target.plan.find_url('disclosure')}/internal/consent-letters", json=body)
    queued.raise_for_status()
    return consent_id


def _offer_mandate(target: Target) -> str:
    """Return the id of a mandate that the holder has offered to a third person."""
    holder, helper = target.holder.person, target.register_person()
    offer = {"label": "فرزندم", "name": "مادر", "scopes": ["record", "letters"], "valid_days": 30}
    body = {**offer, "national_code": helper.national_code, "password": holder.password}
    offered = holder.caller.post(f"{AUTH}/me/representatives", body)
    assert offered.status_code == 201, offered.text
    return str(offered.json()["id"])


@cache
def list_callers(target: Target) -> dict[str, Caller]:
    """Return everybody who may call, by name; the owner of the things is not among them."""
    other = target.create_holder()
    everybody = {"nobody": target.create_stranger(), "citizen": other.person.caller}
    everybody["second citizen"] = target.register_person().caller
    officers = ("officer", *(name for name in target.staff.logins if name.startswith("only-")))
    for name in (*officers, "admin", "manager", "clerk", "second-clerk", "other-clerk"):
        everybody[name] = target.sign_in_officer(name)
    everybody["client"] = target.sign_in_bank()
    everybody["other client"] = target.sign_in_bank(target.staff.other_bank)
    for name, scope in SERVICE_SCOPES.items():
        secret = (target.plan.secrets_dir / "clients" / f"{name}.secret").read_text("utf-8").strip()
        everybody[f"service {name}"] = target.sign_in_client(name, secret, scope)
    return everybody


def read_claims(caller: Caller) -> tuple[str, frozenset[str]]:
    """Return the role and the scopes of a caller's token; a manager's claim counts as one."""
    if caller.token is None:
        return "nobody", frozenset()
    claims: dict[str, Any] = jwt.decode(caller.token, options={"verify_signature": False})
    managers = {"manager"} if claims.get("manager") else set()
    return claims["role"], frozenset(claims.get("scope", "").split()) | managers


def build_body(route: Route) -> dict[str, Any] | None:
    if route.method not in {"POST", "PUT"}:
        return None
    if "objections/" in route.path and route.method == "PUT":
        return MISSING
    return {"accept": True, "reason": "درست است"} if "decision" in route.path else {}


@register_attack("every route by every wrong caller", "401 or 403; another's things 404; nothing 2xx or 5xx")
def try_every_route(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    everybody = list_callers(target)
    every = list(list_routes(target, list_things(target)))
    dice = size.create_dice("routes")
    chosen = [(route, name) for route in every for name in everybody]
    for route, name in tally.limit_by_time(size.pick(dice.sample(chosen, 60), chosen)):
        caller = everybody[name]
        role, scopes = read_claims(caller)
        admitted = route.is_permitted(role, scopes)
        if admitted and not (route.has_things and role == "citizen" and route.may):
            continue
        answer = caller.http.request(route.method, route.path, json=build_body(route))
        refused = {404, 422} if admitted else {401, 403}
        tally.add(
            f"{name} {route.method} {route.path}: {answer.status_code}",
            is_hit=answer.status_code not in refused,
        )
    return tally.summarise()


@register_attack(
    "internal routes by every caller, behind the door",
    "401 or 403 but for the one service; 404 for another's",
)
def try_internal_routes(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    everybody, things = list_callers(target), list_things(target)
    chosen = [(route, name) for route in INTERNAL for name in everybody]
    if not size.is_full:
        chosen = size.create_dice("internal").sample(chosen, 60)
    for (service, method, path, scope), name in tally.limit_by_time(chosen):
        caller = everybody[name]
        role, scopes = read_claims(caller)
        is_owner = scope == "self" and role == "citizen"
        if scope in scopes and not (is_owner and "{" in path):
            continue
        url = f"{target.plan.find_url(service)}{path.format(**things)}"
        status = caller.http.request(method, url, json=None if method == "GET" else {}).status_code
        refused = {404} if is_owner else {401, 403}
        tally.add(f"{name} {method} {path}: {status}", is_hit=status not in refused)
    return tally.summarise()


@register_attack("tokens that auth did not sign", "401 everywhere")
def forge_tokens(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    own = target.holder.person.caller.token or ""
    head, claims, signature = own.split(".")
    subject = jwt.decode(own, options={"verify_signature": False})["sub"]
    kid = jwt.get_unverified_header(own)["kid"]
    forged = [
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"{head}.{claims[:-2]}AA.{signature}",
        mint("citizen", subject, kid=kid, iss=target.system.base_url),
        mint("officer", subject, scopes=["lists", "helpdesk"], kid=kid, iss=target.system.base_url),
        jwt.encode({"sub": subject, "role": "citizen"}, "", algorithm="none"),
        jwt.encode({"sub": subject, "role": "citizen"}, "s" * 32, algorithm="HS256", headers={"kid": kid}),
        "x.y.z",
    ]
    paths = (f"{RECORDS}/me", "/api/v1/disclosure/inbox", "/api/v1/inquiry/permits", f"{RECORDS}/lists")
    for token in forged:
        for path in paths[:: size.pick(3, 1)]:
            answer = target.create_stranger().copy_with_token(token).get(path)
            tally.add(f"{path}: {answer.status_code}", is_hit=answer.status_code != 401)
    control = target.holder.person.caller.get(paths[0])
    assert control.status_code == 200, read_problem_code(control)
    return tally.summarise()
