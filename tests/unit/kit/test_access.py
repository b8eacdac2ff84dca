"""The rules of the access table: which principal each of them admits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    SMALL_BODY,
    Rule,
    allow_citizen_or_officer,
    allow_institution,
    allow_officer,
    allow_service,
)
from services.kit.tokens import ROLES, Principal

SCOPES = ["lists", "objections", "inquiry:inquire", "disclosure:render"]


def build_principal(role: str, *scopes: str) -> Principal:
    return Principal(subject="s", role=role, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (CITIZEN, {("citizen", "")}),
        (allow_officer("lists"), {("officer", "lists")}),
        (allow_service("disclosure:render"), {("service", "disclosure:render")}),
        (allow_institution("inquiry:inquire"), {("institution", "inquiry:inquire")}),
        (allow_institution("inquiry:inquire", token_optional=True), {("institution", "inquiry:inquire")}),
        (allow_citizen_or_officer("lists"), {("citizen", ""), ("officer", "lists")}),
        (ANYONE, set()),
    ],
)
def test_a_rule_admits_its_roles_with_their_scope(rule: Rule, admitted: set[tuple[str, str]]) -> None:
    for role in ROLES:
        for scope in ["", *SCOPES]:
            expected = (role, scope) in admitted or (role == "citizen" and ("citizen", "") in admitted)
            assert rule.is_met_by(build_principal(role, scope)) == expected, (role, scope)


@given(st.sets(st.sampled_from(SCOPES)), st.sampled_from(sorted(ROLES - {"officer"})))
def test_no_scope_makes_up_for_the_role(scopes: set[str], role: str) -> None:
    assert not allow_officer("lists").is_met_by(build_principal(role, *scopes))


def test_a_larger_body_changes_nothing_else() -> None:
    rule = allow_officer("lists").allow_body(LARGE_BODY)
    assert (rule.max_body, allow_officer("lists").max_body) == (LARGE_BODY, SMALL_BODY)
    assert rule.allow_body(SMALL_BODY) == allow_officer("lists")


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Principal("s", "citizen", frozenset(), token="secret"))
