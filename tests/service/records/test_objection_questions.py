"""Between submission and decision: a person's withdrawal, an officer's one question and its one answer."""

from typing import Any

import pytest

from tests.fakes.lists import HASAN
from tests.service.records.desk import OFFICER, Desk, get_log_line
from tests.service.records.objectors import (
    ALL,
    CODE,
    DAYS,
    ME,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.tokens import mint

QUESTION = "مهر را در کدام کارگاه کار کردید؟\nفیش دارید؟"
ANSWER = "در کارگاه نجاری بهار؛ فیش را پیوست کردم."


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def withdraw(person: Objector, objection_id: str) -> Any:
    return person.call("POST", f"{OWN}/{objection_id}/withdrawal")


def ask(person: Objector, objection_id: str, text: str = QUESTION, **kw: Any) -> Any:
    return person.call_as_officer("POST", f"{ALL}/{objection_id}/question", json={"text": text}, **kw)


def send_answer(person: Objector, objection_id: str, text: str = ANSWER) -> Any:
    return person.call("POST", f"{OWN}/{objection_id}/answer", json={"text": text})


def test_submitted_objection_can_be_withdrawn(maryam: Objector) -> None:
    submitted = maryam.submit(DAYS)
    withdrawn = read_reply(withdraw(maryam, submitted["id"]))
    assert withdrawn["withdrawn_at"]
    assert withdrawn == submitted | {"status": "withdrawn", "withdrawn_at": withdrawn["withdrawn_at"]}
    assert read_reply(maryam.call("GET"))["items"] == [withdrawn]
    assert read_reply(maryam.call("GET", ME))["open_objections"] == []
    assert maryam.get_statement()["disputed_months"] == []
    assert maryam.submit(DAYS)["status"] == "submitted"


def test_proposed_decision_is_void_after_a_withdrawal(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    withdrawn = read_reply(withdraw(maryam, objection_id))
    assert (withdrawn["status"], withdrawn["reason"], withdrawn["decided_at"]) == ("withdrawn", None, None)
    for response in (maryam.confirm(objection_id), maryam.propose(objection_id)):
        assert read_problem(response) == (409, "objection-status-differs")
        assert response.get_json()["objection_status"] == "withdrawn"
    opened = read_reply(maryam.open(objection_id))["objection"]
    assert (opened["accept"], opened["proposed_by"]) == (None, None)
    assert maryam.desk.count_rows(["corrections"]) == [0]
    items = read_reply(maryam.call_as_officer("GET", f"{ALL}?status=withdrawn"))["items"]
    assert [item["id"] for item in items] == [objection_id]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_an_undecided_objection_can_be_withdrawn(maryam: Objector) -> None:
    draft = maryam.create_draft(PERIOD)["id"]
    decided = maryam.decide(DAYS)["id"]
    gone = maryam.submit(DAYS)["id"]
    read_reply(withdraw(maryam, gone))
    for objection_id, status in [(draft, "draft"), (decided, "accepted"), (gone, "withdrawn")]:
        response = withdraw(maryam, objection_id)
        assert read_problem(response) == (409, "objection-status-differs")
        assert response.get_json()["objection_status"] == status
    assert maryam.desk.count_rows(["corrections"]) == [1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_withdrawn_objection_never_changes(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.submit(DAYS)['id']}"
    read_reply(maryam.call("POST", f"{path}/withdrawal"))
    responses = [
        maryam.call("PUT", path, json=DAYS),
        maryam.call("DELETE", path),
        maryam.call("POST", f"{path}/confirmation"),
        maryam.call("POST", f"{path}/answer", json={"text": ANSWER}),
    ]
    assert {read_problem(response) for response in responses} == {(409, "objection-status-differs")}


def test_question_and_answer_are_read_by_both(maryam: Objector, caplog: pytest.LogCaptureFixture) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    questioned = read_reply(ask(maryam, objection_id))
    assert (questioned["question"], questioned["question_by"], questioned["status"]) == (
        QUESTION,
        str(OFFICER),
        "submitted",
    )
    assert questioned["person"]["national_code"] == CODE
    own = read_reply(maryam.call("GET", f"{OWN}/{objection_id}"))
    assert (own["question"], own["answer"], own["answer_at"]) == (QUESTION, None, None)
    assert own["question_at"]
    assert "question_by" not in own
    answered = read_reply(send_answer(maryam, objection_id))
    assert (answered["answer"], answered["question"]) == (ANSWER, QUESTION)
    opened = read_reply(maryam.open(objection_id, officer_id=SECOND_OFFICER))["objection"]
    assert (opened["question"], opened["answer"]) == (QUESTION, ANSWER)
    assert get_log_line(caplog, "objection.questioned")["officer"] == str(OFFICER)
    assert QUESTION.split("\n", maxsplit=1)[0] not in caplog.text
    assert ANSWER not in caplog.text
    assert read_reply(maryam.propose(objection_id))["status"] == "proposed"


def test_officers_ask_once_and_the_person_answers_once(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    assert read_problem(send_answer(maryam, objection_id)) == (409, "question-missing")
    read_reply(ask(maryam, objection_id))
    assert read_problem(ask(maryam, objection_id, officer_id=SECOND_OFFICER)) == (409, "question-asked")
    read_reply(send_answer(maryam, objection_id))
    assert read_problem(send_answer(maryam, objection_id, "پاسخ دیگر")) == (409, "answer-given")
    assert read_reply(maryam.call("GET", f"{OWN}/{objection_id}"))["answer"] == ANSWER
    assert read_problem(ask(maryam, objection_id)) == (409, "question-asked")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answer_is_accepted_until_the_decision(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(ask(maryam, objection_id))
    read_reply(maryam.propose(objection_id))
    assert read_problem(ask(maryam, objection_id)) == (409, "objection-status-differs")
    assert read_reply(send_answer(maryam, objection_id))["status"] == "proposed"
    decided = read_reply(maryam.confirm(objection_id))
    assert (decided["status"], decided["answer"]) == ("accepted", ANSWER)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_draft_has_no_question(maryam: Objector) -> None:
    draft = maryam.create_draft(DAYS)["id"]
    assert read_problem(ask(maryam, draft)) == (404, "not-found")
    assert read_problem(send_answer(maryam, draft)) == (409, "objection-status-differs")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["", " \u200f\n", "پ" * 2001, 7, None])
def test_question_and_answer_need_words(maryam: Objector, text: Any) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    assert read_problem(ask(maryam, objection_id, text)) == (422, "validation")
    read_reply(ask(maryam, objection_id))
    assert read_problem(send_answer(maryam, objection_id, text)) == (422, "validation")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_question_is_recorded_as_an_access(maryam: Objector) -> None:
    read_reply(ask(maryam, maryam.submit(DAYS)["id"]))
    assert maryam.desk.count_rows(["access_log"]) == [1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_officer_does_not_ask_about_their_own_record(maryam: Objector) -> None:
    name = ["officers", "name-record", str(OFFICER), "--national-code", CODE]
    assert maryam.desk.app.test_cli_runner().invoke(args=name).exit_code == 0
    objection_id = maryam.submit(DAYS)["id"]
    assert read_problem(ask(maryam, objection_id)) == (403, "own-decision")
    assert read_reply(ask(maryam, objection_id, officer_id=SECOND_OFFICER))["question"] == QUESTION


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_others_neither_withdraw_nor_answer_nor_ask(maryam: Objector) -> None:
    maryam.desk.import_list(write_one_month(3, row=HASAN, number="02"))
    hasan = Objector(maryam.desk, str(HASAN.national_code))
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(ask(maryam, objection_id))
    assert read_problem(withdraw(hasan, objection_id)) == (404, "not-found")
    assert read_problem(send_answer(hasan, objection_id)) == (404, "not-found")
    helpdesk = mint("officer", OFFICER, scopes=["helpdesk", "lists"])
    path = f"{ALL}/{objection_id}/question"
    assert read_problem(maryam.desk.call("POST", path, helpdesk, json={"text": QUESTION})) == (
        403,
        "forbidden",
    )
    assert read_problem(maryam.call("POST", path, json={"text": QUESTION})) == (403, "forbidden")
