"""The rules of the access table: which principal each of them admits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    GIVEN_SCOPES,
    LARGE_BODY,
    SMALL_BODY,
    Rule,
    allow_admin,
    allow_citizen_officer_or_admin,
    allow_citizen_or_officer,
    allow_institution,
    allow_manager,
    allow_officer,
    allow_service,
)
from services.kit.tokens import ROLES, Principal

SCOPES = ["admin", "lists", "objections", "inquiry:inquire", "disclosure:render"]


def build_principal(role: str, *scopes: str) -> Principal:
    return Principal(subject="s", role=role, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (CITIZEN, {("citizen", "self")}),
        (allow_officer("lists"), {("officer", "lists")}),
        (allow_service("disclosure:render"), {("service", "disclosure:render")}),
        (allow_institution("inquiry:inquire"), {("institution", "inquiry:inquire")}),
        (allow_institution("inquiry:inquire", token_optional=True), {("institution", "inquiry:inquire")}),
        (allow_citizen_or_officer("lists"), {("citizen", "self"), ("officer", "lists")}),
        (CITIZEN.allow_representative("self:record"), {("citizen", "self")}),
        (allow_admin(), {("admin", "admin")}),
        (
            allow_citizen_officer_or_admin("lists"),
            {
                ("citizen", "self"),
                ("officer", "lists"),
                ("officer", "admin"),
                ("admin", "lists"),
                ("admin", "admin"),
            },
        ),
        (allow_manager(), set()),
        (ANYONE, set()),
    ],
)
def test_a_rule_admits_its_roles_with_their_scope(rule: Rule, admitted: set[tuple[str, str]]) -> None:
    for role in ROLES:
        for scope in ["", "self", *GIVEN_SCOPES, *SCOPES]:
            expected = (role, scope) in admitted
            assert rule.is_met_by(build_principal(role, scope)) == expected, (role, scope)


@pytest.mark.parametrize("scope", ["self", *GIVEN_SCOPES, "lists"])
def test_a_representative_needs_what_was_given(scope: str) -> None:
    representative = replace(build_principal("citizen", scope), actor="a")
    rules = {
        "self:record": CITIZEN.allow_representative("self:record"),
        "self:permits": CITIZEN.allow_representative("self:permits"),
        "": CITIZEN,
        "lists": allow_citizen_or_officer("lists"),
    }
    admitting = {given for given, rule in rules.items() if rule.is_met_by(representative)}
    assert admitting == {scope} & {"self:record", "self:permits"}


def test_only_what_exists_can_be_given() -> None:
    with pytest.raises(ValueError, match="some of"):
        CITIZEN.allow_representative("self")


@given(st.sets(st.sampled_from(SCOPES)), st.sampled_from(sorted(ROLES - {"officer"})))
def test_no_scope_makes_up_for_the_role(scopes: set[str], role: str) -> None:
    assert not allow_officer("lists").is_met_by(build_principal(role, *scopes))


def test_a_manager_is_an_institutions_caller_with_the_claim() -> None:
    for role in ROLES:
        caller = replace(build_principal(role), is_manager=True)
        assert allow_manager().is_met_by(caller) == (role == "institution")


def test_a_larger_body_changes_nothing_else() -> None:
    rule = allow_officer("lists").allow_body(LARGE_BODY)
    assert (rule.max_body, allow_officer("lists").max_body) == (LARGE_BODY, SMALL_BODY)
    assert rule.allow_body(SMALL_BODY) == allow_officer("lists")


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Principal("s", "citizen", frozenset(), token="secret"))
