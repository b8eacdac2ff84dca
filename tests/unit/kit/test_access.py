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
    citizen_or_officer,
    institution,
    officer,
    service,
)
from services.kit.tokens import ROLES, Principal

SCOPES = ["lists", "objections", "inquiry:inquire", "disclosure:render"]


def principal(role: str, *scopes: str) -> Principal:
    return Principal(subject="s", role=role, scopes=frozenset(scopes))


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (CITIZEN, {("citizen", "")}),
        (officer("lists"), {("officer", "lists")}),
        (service("disclosure:render"), {("service", "disclosure:render")}),
        (institution("inquiry:inquire"), {("institution", "inquiry:inquire")}),
        (institution("inquiry:inquire", token_optional=True), {("institution", "inquiry:inquire")}),
        (citizen_or_officer("lists"), {("citizen", ""), ("officer", "lists")}),
        (ANYONE, set()),
    ],
)
def test_a_rule_admits_its_roles_with_their_scope(rule: Rule, admitted: set[tuple[str, str]]) -> None:
    for role in ROLES:
        for scope in ["", *SCOPES]:
            expected = (role, scope) in admitted or (role == "citizen" and ("citizen", "") in admitted)
            assert rule.admits(principal(role, scope)) == expected, (role, scope)


@given(st.sets(st.sampled_from(SCOPES)), st.sampled_from(sorted(ROLES - {"officer"})))
def test_no_scope_makes_up_for_the_role(scopes: set[str], role: str) -> None:
    assert not officer("lists").admits(principal(role, *scopes))


def test_a_larger_body_changes_nothing_else() -> None:
    rule = officer("lists").up_to(LARGE_BODY)
    assert (rule.max_body, officer("lists").max_body) == (LARGE_BODY, SMALL_BODY)
    assert rule.up_to(SMALL_BODY) == officer("lists")


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Principal("s", "citizen", frozenset(), token="secret"))
