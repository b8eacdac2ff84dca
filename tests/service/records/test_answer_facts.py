"""What answers are computed from: months as they count, jobs and workshops in one form, disputed months."""

from typing import Any

from services.kit.answers import Facts, compute_answers, compute_answers_digest
from services.kit.jalali import JalaliMonth
from tests.service.records.desk import Desk
from tests.service.records.objectors import DAYS, PERIOD, WORKSHOP, Objector, read_reply, write_one_month
from tests.tokens import mint

QUESTIONS: list[dict[str, Any]] = [
    {"question": "employed_recently_at", "workshop_code": WORKSHOP},
    {"question": "days_at_least", "days": 30, "to_jalali": "1403-01"},
]


def _read_facts(desk: Desk) -> dict[str, Any]:
    return read_reply(Objector(desk).call("GET", "/internal/answer-facts"))


def _ask_digests(desk: Desk, *items: dict[str, Any]) -> Any:
    token = mint("service", "disclosure", "records", scopes=["records:answers"])
    return desk.call("POST", "/internal/answer-facts/digests", token, json={"items": list(items)})


def test_facts_are_months_with_jobs_and_disputes(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    facts = _read_facts(desk)
    assert facts["rows"] == [
        {
            "month_jalali": "1402-07",
            "workshop_code": WORKSHOP,
            "job_code": "000012",
            "days": 12,
            "wage": 30_000_000,
        }
    ]
    assert facts["disputed_months"] == []
    assert facts["person"]["national_code"] == "0012345679"
    assert facts["closed_until_jalali"] < facts["as_of_jalali"][:7]
    Objector(desk).submit(DAYS)
    Objector(desk).submit(PERIOD)
    assert _read_facts(desk)["disputed_months"] == ["1401-12", "1402-01", "1402-02", "1402-07"]


def test_digest_is_that_of_the_answers_now(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    item = {"person_id": str(desk.find_person_id("0012345679")), "questions": QUESTIONS}
    before = _read_facts(desk)
    closed_until = JalaliMonth.parse(before["closed_until_jalali"])
    answers = compute_answers(Facts.parse(before), QUESTIONS, closed_until)
    assert [answer["answer"] for answer in answers] == ["not-known-yet", "no"]
    nobody = {**item, "person_id": "00000000-0000-4000-8000-000000000000"}
    [digest, missing] = read_reply(_ask_digests(desk, item, nobody))["items"]
    assert digest["digest"] == compute_answers_digest(answers, before["person"])
    assert missing["digest"] is None
    Objector(desk).submit(DAYS)
    [after] = read_reply(_ask_digests(desk, item))["items"]
    assert after["digest"] != digest["digest"]


def test_unknown_question_is_invalid(desk: Desk) -> None:
    reply = _ask_digests(desk, {"person_id": "00000000-0000-4000-8000-000000000000", "questions": [{}]})
    assert reply.status_code == 422
