"""One disclosure is one trace, from the call to the letter in the inbox, and no trace identifies a person."""

import os
import uuid
from collections.abc import Collection, Iterator

import pytest

from services.kit.tracing import derive_trace_id
from tests.e2e.client import DISCLOSURE, Stranger
from tests.e2e.otlp import Receiver, ReportedSpan
from tests.e2e.system import System
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("e2e"),
    pytest.mark.skipif("GOVAH_E2E_DIR" in os.environ, reason="another system's traces go elsewhere"),
]

REQUEST = "/internal/requests/<uuid:disclosure_id>"
EXPECTED = {
    "gateway: POST /api/v1/disclosure/<path:rest>",
    "disclosure: POST /api/v1/disclosure/requests",
    "records: GET /internal/statement",
    "disclosure: publish letters.render",
    "pdfworker: letters.render",
    "pdfworker: render",
    f"disclosure: POST {REQUEST}/claim",
    f"disclosure: PUT {REQUEST}/document",
    "auth: consume letter.ready",
    "inquiry: consume letter.ready",
}


def ask(citizen: Stranger, **headers: str) -> str:
    """Request a letter. Return the id of that call."""
    request_id = str(uuid.uuid4())
    version = citizen.get(f"{DISCLOSURE}/agreement").json()["version"]
    body = {"types": ["all"], "agreement_version": version, "agreed": True}
    response = citizen.post(f"{DISCLOSURE}/requests", body, headers={"X-Request-ID": request_id, **headers})
    assert response.status_code == 202, response.text
    return request_id


def wait_for(receiver: Receiver, request_id: str, names: Collection[str]) -> list[ReportedSpan]:
    """Return the trace of a request, once it has all these spans."""

    def find_trace() -> list[ReportedSpan]:
        return [one for one in receiver.list_spans() if one.span.trace_id == convert_to_trace_id(request_id)]

    def find_missing() -> set[str]:
        return set(names) - {one.name for one in find_trace()}

    wait_until(lambda: not find_missing(), lambda: f"spans are missing: {find_missing()}", pause=0.3)
    return find_trace()


def convert_to_trace_id(request_id: str) -> bytes:
    return derive_trace_id(request_id).to_bytes(16, "big")


def find_ancestors(trace: list[ReportedSpan], name: str) -> Iterator[str]:
    """Yield the names of the spans around the span of a name, the nearest first."""
    by_id = {one.span.span_id: one for one in trace}
    [span] = [one for one in trace if one.name == name]
    while span := by_id.get(span.span.parent_span_id):  # type: ignore[assignment]
        yield span.name


def test_one_disclosure_is_one_trace(system: System, receiver: Receiver) -> None:
    request_id = ask(Stranger(system).sign_in_citizen(1))
    trace = wait_for(receiver, request_id, EXPECTED)
    requested, published = (
        "disclosure: POST /api/v1/disclosure/requests",
        "disclosure: publish letters.render",
    )
    assert list(find_ancestors(trace, "records: GET /internal/statement")) == [
        "disclosure: GET",
        requested,
        "gateway: POST /api/v1/disclosure/<path:rest>",
    ]
    assert list(find_ancestors(trace, "pdfworker: render")) == ["pdfworker: letters.render", published]
    assert list(find_ancestors(trace, f"disclosure: PUT {REQUEST}/document")) == [
        "pdfworker: PUT",
        "pdfworker: letters.render",
        published,
    ]
    statements = {one.name for one in trace if "db.query.text" in {word.key for word in one.span.attributes}}
    assert {"disclosure: INSERT", "records: SELECT"} <= statements


def test_trace_of_an_outside_caller_is_not_continued(system: System, receiver: Receiver) -> None:
    others = uuid.uuid4().hex
    request_id = ask(Stranger(system).sign_in_citizen(2), traceparent=f"00-{others}-00f067aa0ba902b7-01")
    wait_for(receiver, request_id, {"disclosure: publish letters.render"})
    assert bytes.fromhex(others) not in {one.span.trace_id for one in receiver.list_spans()}


def test_traces_contain_no_personal_data_and_no_secret(system: System, receiver: Receiver) -> None:
    person, citizen = system.demo["citizens"][3], Stranger(system).sign_in_citizen(3)
    request_id = ask(citizen)
    wait_for(receiver, request_id, {"inquiry: consume letter.ready"})
    letters = citizen.get(f"{DISCLOSURE}/inbox").json()["items"]
    permit = citizen.issue_permit(str(letters[0]["id"]))
    answer = Stranger(system).inquire(person["national_code"], permit["code"]).json()
    assert (
        Stranger(system).get(answer["document_url"], headers={"X-Request-ID": request_id}).status_code == 200
    )
    wait_for(receiver, request_id, {"inquiry: GET /api/v1/inquiry/documents/<string(length=43):token>"})
    sent = b"".join(receiver.bodies)
    assert len(sent) > 10_000
    secrets = [person["national_code"], person["password"], person["mobile"], answer["person"]["last_name"]]
    secrets += [
        permit["code"],
        permit["code"].replace(" ", ""),
        answer["document_url"].rpartition("/")[2],
        "eyJ",
    ]
    assert [secret for secret in secrets if secret.encode() in sent] == []
