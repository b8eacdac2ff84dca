"""Names of functions and identifiers, by the rules of rules.toml."""

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.lint.functions import check_names
from deploy.lint.rules import Hit, load_rules

RULES = load_rules()
VERBS = sorted(RULES.functions.verbs)


def check(source: str) -> list[Hit]:
    return list(check_names("room/module.py", ast.parse(source), RULES))


def list_rules(source: str) -> list[str]:
    return [hit.rule for hit in check(source)]


@pytest.mark.parametrize("name", ["shown", "_refused", "rendered", "_grouped_", "written"])
def test_participle_is_rejected(name: str) -> None:
    assert list_rules(f"def {name}(): ...").count("participle") == 1


@pytest.mark.parametrize("name", ["letter", "_citizen", "key_of", "answer", "name_of", "report"])
def test_noun_is_rejected(name: str) -> None:
    assert [rule for rule in list_rules(f"def {name}(): ...") if rule != "identifier"] in (
        ["noun"],
        ["verb-first"],
    )


@pytest.mark.parametrize("name", ["by_kid", "own_rows", "latest_change", "wrong_code", "tell_officer"])
def test_first_word_has_to_be_a_verb(name: str) -> None:
    assert list_rules(f"async def {name}(): ...") == ["verb-first"]


@pytest.mark.parametrize(
    "name",
    ["close", "read_rows", "_seed", "feed_events", "name_columns", "to_json", "on_letter_superseded", "main"],
)
def test_verb_is_accepted(name: str) -> None:
    assert list_rules(f"def {name}(): ...") == []


@pytest.mark.parametrize(
    "name", ["test_a_letter", "__exit__", "visit_Name", "do_GET", "pytest_configure", "_"]
)
def test_names_that_others_dictate_are_accepted(name: str) -> None:
    assert list_rules(f"def {name}(): ...") == []


def test_whole_name_has_a_suggestion_before_its_first_word() -> None:
    assert [hit.instead for hit in check("def own_loops(): ...")] == [RULES.functions.instead["own_loops"]]


def test_weak_verb_is_a_warning() -> None:
    (hit,) = check("def new_app(): ...")
    assert (hit.rule, hit.is_error, "create_" in hit.instead) == ("weak-verb", False, True)


@pytest.mark.parametrize(
    "decorator",
    [
        "property",
        "pytest.fixture",
        "pytest.fixture(scope='module')",
        "contextmanager",
        "contextlib.contextmanager",
    ],
)
def test_values_may_be_nouns(decorator: str) -> None:
    assert list_rules(f"@{decorator}\ndef letter(): ...") == []


def test_values_may_not_have_a_rejected_name() -> None:
    assert list_rules("@property\ndef told(self): ...") == ["identifier"]


@pytest.mark.parametrize("returns", ["bool", "TypeGuard[str]"])
@pytest.mark.parametrize(("name", "is_accepted"), [("is_full", True), ("_has_room", True), ("lacks", False)])
def test_boolean_begins_with_its_prefix(name: str, returns: str, *, is_accepted: bool) -> None:
    assert list_rules(f"def {name}() -> {returns}: ...") == ([] if is_accepted else ["boolean"])


def test_command_that_reports_success_is_allowed_by_name() -> None:
    assert list_rules("def mark_seen() -> bool: ...") == []
    assert list_rules("def mark_read() -> bool: ...") == ["boolean"]


def test_optional_boolean_is_no_boolean() -> None:
    assert list_rules("def find_flag() -> bool | None: ...") == []


@pytest.mark.parametrize(
    "source",
    [
        "kept = 1",
        "_kept: int = 1",
        "self.kept = 1",
        "for kept in []: pass",
        "def run(kept): ...",
        "def run(*, kept=1): ...",
        "lambda kept: 1",
        "with a as kept: pass",
        "import a as kept",
        "(kept := 1)",
        "[1 for kept in []]",
        "try: ...\nexcept A as kept: ...",
        "match a:\n case [*kept]: ...",
        "match a:\n case B(c=kept): ...",
        "class A:\n kept: int",
    ],
)
def test_every_kind_of_binding_is_checked(source: str) -> None:
    (hit,) = check(source)
    assert (hit.rule, hit.text.strip("_"), hit.is_error) == ("identifier", "kept", True)


def test_use_of_a_name_is_not_reported() -> None:
    assert check("print(kept, self.told, a(asked=1))") == []


def test_correlation_id_has_one_name() -> None:
    (hit,) = check("def run(call_id): ...")
    assert "request_id" in hit.instead


def test_frequent_weak_identifiers_are_warnings() -> None:
    hits = check("answer = one = words = 1")
    assert [(hit.text, hit.is_error) for hit in hits] == [("answer", False), ("one", False), ("words", False)]


@given(st.sampled_from(VERBS), st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.sampled_from(["", "_"]))
def test_any_verb_with_an_object_is_accepted(verb: str, thing: str, lead: str) -> None:
    name = f"{lead}{verb}_{thing}"
    assert name in RULES.identifiers or list_rules(f"def {name}(): ...") == []


@given(
    st.from_regex(r"[a-z]{3,8}(_[a-z]{1,5}){0,2}", fullmatch=True).filter(
        lambda name: not keyword.iskeyword(name)
    )
)
def test_a_name_gets_at_most_one_error_as_a_function(name: str) -> None:
    rules = [hit.rule for hit in check(f"def {name}(): ...") if hit.rule != "identifier"]
    assert len(rules) <= 1


def test_lists_of_words_do_not_contradict_each_other() -> None:
    functions = RULES.functions
    assert functions.verbs & functions.with_object == set()
    assert functions.verbs & functions.warnings.keys() == set()
    assert functions.verbs & functions.instead.keys() == set()
    assert functions.verbs & functions.participles == set()
    assert {verb for verb in functions.verbs if verb.endswith("ed")} <= functions.no_participles
