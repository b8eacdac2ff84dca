"""Log lines: JSON with the request id, and never the words of a failure."""

import json
import logging as stdlib_logging
import threading
import uuid
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import structlog
from hypothesis import given
from hypothesis import strategies as st

from services.kit import logging

SECRET = "0012345679"


def read_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.split("\n") if line]


def test_every_line_is_json_with_service_and_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("auth")
    logging.bind_request_id("request-1")
    structlog.get_logger().info("account.activated", subject="opaque")
    stdlib_logging.getLogger("library").warning("said %s", "something")
    structlog.get_logger().info("two\nlines \u2028 «نشان»")
    first, second, third = read_lines(capsys)
    assert (first["event"], first["subject"], first["level"]) == ("account.activated", "opaque", "info")
    assert (second["event"], second["level"]) == ("said something", "warning")
    assert third["event"] == "two\nlines \u2028 «نشان»"
    for line in (first, second, third):
        assert (line["service"], line["request_id"]) == ("auth", "request-1")
        assert line["timestamp"].endswith("Z")


def test_the_level_holds_for_both_kinds_of_loggers(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("auth", "WARNING")
    stdlib_logging.getLogger("library").info("no")
    stdlib_logging.getLogger("library").warning("yes")
    assert [line["event"] for line in read_lines(capsys)] == ["yes"]


def test_later_level_reaches_loggers_that_are_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.get_logger()
    logging.configure("auth", "ERROR")
    log.info("silent")
    logging.configure("auth", "INFO")
    log.info("audible")
    logging.configure("auth", "ERROR")
    log.info("silent")
    assert [line["event"] for line in read_lines(capsys)] == ["audible"]


def fail_in_every_way() -> None:
    """Raise a failure whose message, causes and contexts all contain a secret."""
    try:
        try:
            int(f"{SECRET}x")
        finally:
            del {"other": 1}[SECRET]
    except KeyError as error:
        error.add_note(SECRET)
        raise sa.exc.IntegrityError(f"INSERT {SECRET}", {"code": SECRET}, ValueError(SECRET)) from error


@pytest.mark.parametrize("logger", [structlog.get_logger(), stdlib_logging.getLogger("library")])
def test_failure_is_logged_by_types_and_places_only(capsys: pytest.CaptureFixture[str], logger: Any) -> None:
    logging.configure("auth")
    try:
        fail_in_every_way()
    except sa.exc.IntegrityError as error:
        logger.exception("failed")
        logger.warning("failed", exc_info=error)
    written = capsys.readouterr().err
    assert SECRET not in written
    for line in map(json.loads, written.splitlines()):
        kinds = [failure.partition(":")[0] for failure in line["exception"]]
        assert kinds == ["IntegrityError", "KeyError", "ValueError"]
        assert "fail_in_every_way" in line["exception"][0]


def test_failures_that_cause_each_other_come_to_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("auth")
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    structlog.get_logger().error("failed", exc_info=one)
    assert len(read_lines(capsys)) == 1


def test_addresses_that_are_called_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("auth", "INFO")
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.get(f"http://gateway/{SECRET}?code={SECRET}")
    assert SECRET not in capsys.readouterr().err


@given(st.uuids())
def test_a_request_id_that_is_a_uuid_is_taken_in_lower_case(given_id: uuid.UUID) -> None:
    assert logging.accept_request_id(str(given_id)) == str(given_id)
    assert logging.accept_request_id(str(given_id).upper()) == str(given_id)


ONE_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"


@pytest.mark.parametrize(
    "given_id",
    [
        *("0012345679", "09123456789", "abcdefgh", "a.b_c-12", "x" * 64, "", " "),
        *(ONE_ID.replace("-", ""), f"{{{ONE_ID}}}", f"urn:uuid:{ONE_ID}", f"{ONE_ID}\n", f" {ONE_ID}"),
        *(
            f"{ONE_ID},{ONE_ID}",
            ONE_ID[:-1],
            f"{ONE_ID}0",
            ONE_ID.replace("0", "۰"),
            ONE_ID.replace("a", "g"),
        ),
        *(ONE_ID.replace("-", "_"), ONE_ID.replace("1", "١"), "0199c2d5-6c1e7-c41-9b1e-3f0d5a7e2b10"),
    ],
)
def test_a_request_id_of_another_form_is_replaced(given_id: str) -> None:
    accepted = logging.accept_request_id(given_id)
    assert accepted != given_id
    assert str(uuid.UUID(accepted)) == accepted


@given(st.none() | st.text(max_size=80))
def test_an_accepted_request_id_is_safe_to_write_anywhere(given_id: str | None) -> None:
    accepted = logging.accept_request_id(given_id)
    assert logging.REQUEST_ID.fullmatch(accepted)
    assert accepted.isascii()


def test_a_new_request_id_is_one_that_others_take() -> None:
    made = logging.new_request_id()
    assert logging.accept_request_id(made) == made


def test_each_thread_has_a_request_id_of_its_own() -> None:
    logging.bind_request_id("request-1")
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(logging.get_request_id()))
    thread.start()
    thread.join()
    assert logging.get_request_id() == "request-1"
    assert seen != ["request-1"]


def test_a_new_context_carries_nothing_of_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("auth")
    structlog.contextvars.bind_contextvars(person="opaque")
    logging.bind_request_id("request-2")
    structlog.get_logger().info("next")
    [line] = read_lines(capsys)
    assert "person" not in line
    assert line["request_id"] == "request-2"
