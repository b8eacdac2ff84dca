"""One disclosure is one trace, from the call to the letter in the inbox, and no trace tells of a person."""

import os
import uuid
from collections.abc import Collection, Iterator

import pytest

from services.kit.tracing import derive_trace_id
from tests.e2e.client import DISCLOSURE, Stranger
from tests.e2e.otlp import Receiver, Told
from tests.e2e.system import System
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("e2e"),
    pytest.mark.skipif("GOVAH_E2E_DIR" in os.environ, reason="another system's traces go elsewhere"),
]

REQUEST = "/internal/requests/<uuid:disclosure_id>"
TOLD = {
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
    """Ask for a letter; the id of that call."""
    request_id = str(uuid.uuid4())
    version = citizen.get(f"{DISCLOSURE}/agreement").json()["version"]
    body = {"types": ["all"], "agreement_version": version, "agreed": True}
    asked = citizen.post(f"{DISCLOSURE}/requests", body, headers={"X-Request-ID": request_id, **headers})
    assert asked.status_code == 202, asked.text
    return request_id


def wait_for(receiver: Receiver, request_id: str, names: Collection[str]) -> list[Told]:
    """Return the trace of a request, once it has all these spans."""

    def trace() -> list[Told]:
        return [one for one in receiver.told() if one.span.trace_id == id_of(request_id)]

    def missing() -> set[str]:
        return set(names) - {one.name for one in trace()}

    wait_until(lambda: not missing(), lambda: f"spans are missing: {missing()}", pause=0.3)
    return trace()


def id_of(request_id: str) -> bytes:
    return derive_trace_id(request_id).to_bytes(16, "big")


def above(trace: list[Told], name: str) -> Iterator[str]:
    """The names of the spans around the span of a name, the nearest first."""
    by_id = {one.span.span_id: one for one in trace}
    [found] = [one for one in trace if one.name == name]
    while found := by_id.get(found.span.parent_span_id):  # type: ignore[assignment]
        yield found.name


def test_one_disclosure_is_one_trace(system: System, receiver: Receiver) -> None:
    request_id = ask(Stranger(system).sign_in_citizen(1))
    trace = wait_for(receiver, request_id, TOLD)
    asked, published = "disclosure: POST /api/v1/disclosure/requests", "disclosure: publish letters.render"
    assert list(above(trace, "records: GET /internal/statement")) == [
        "disclosure: GET",
        asked,
        "gateway: POST /api/v1/disclosure/<path:rest>",
    ]
    assert list(above(trace, "pdfworker: render")) == ["pdfworker: letters.render", published]
    assert list(above(trace, f"disclosure: PUT {REQUEST}/document")) == [
        "pdfworker: PUT",
        "pdfworker: letters.render",
        published,
    ]
    statements = {one.name for one in trace if "db.query.text" in {word.key for word in one.span.attributes}}
    assert {"disclosure: INSERT", "records: SELECT"} <= statements


def test_a_strangers_trace_is_none_of_ours(system: System, receiver: Receiver) -> None:
    others = uuid.uuid4().hex
    request_id = ask(Stranger(system).sign_in_citizen(2), traceparent=f"00-{others}-00f067aa0ba902b7-01")
    wait_for(receiver, request_id, {"disclosure: publish letters.render"})
    assert bytes.fromhex(others) not in {one.span.trace_id for one in receiver.told()}


def test_no_trace_tells_of_a_person_or_a_secret(system: System, receiver: Receiver) -> None:
    person, citizen = system.demo["citizens"][3], Stranger(system).sign_in_citizen(3)
    request_id = ask(citizen)
    wait_for(receiver, request_id, {"inquiry: consume letter.ready"})
    letters = citizen.get(f"{DISCLOSURE}/inbox").json()["items"]
    permit = citizen.issue_permit(str(letters[0]["id"]))
    told = Stranger(system).inquire(person["national_code"], permit["code"]).json()
    assert Stranger(system).get(told["document_url"], headers={"X-Request-ID": request_id}).status_code == 200
    wait_for(receiver, request_id, {"inquiry: GET /api/v1/inquiry/documents/<string(length=43):token>"})
    sent = b"".join(receiver.bodies)
    assert len(sent) > 10_000
    secrets = [person["national_code"], person["password"], person["mobile"], told["person"]["last_name"]]
    secrets += [
        permit["code"],
        permit["code"].replace(" ", ""),
        told["document_url"].rpartition("/")[2],
        "eyJ",
    ]
    assert [secret for secret in secrets if secret.encode() in sent] == []
