"""From another generator's list files to the institution's PDF, by a client that knows only the contract."""

import hashlib
import json
import subprocess
import unicodedata
from pathlib import Path

import pytest

from tests.e2e.client import AUTH, INQUIRY, RECORDS, Stranger
from tests.e2e.other_lists import Month, Worker, build_national_code
from tests.e2e.system import System

pytestmark = pytest.mark.xdist_group("e2e")

MOBILE = "09120001122"
PASSWORD = "گذرواژه بلند و تازه ۱۴۰۳"


def extract_text(pdf: bytes, directory: Path) -> str:
    path = directory / "letter.pdf"
    path.write_bytes(pdf)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True).stdout
    return unicodedata.normalize("NFKC", text.decode()).replace("\u200c", "")


def format_persian(number: int) -> str:
    return f"{number:,}".replace(",", "٬").translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))


@pytest.mark.parametrize("encoding", ["cp1256", "iransystem"])
def test_from_lists_to_the_institutions_pdf(system: System, encoding: str, tmp_path: Path) -> None:
    stranger = Stranger(system)
    officer = stranger.sign_in_officer()
    code = build_national_code("044000001" if encoding == "cp1256" else "044000002")
    mobile = MOBILE if encoding == "cp1256" else "09120001133"
    workshop = "0099000001" if encoding == "cp1256" else "0099000002"
    number = "12345678" if encoding == "cp1256" else "12345679"
    other = Worker(build_national_code("044000009"), "زهرا", "احمدی", "87654321", 20, 2_500_000, sex="زن")
    months = [(1401, 12, 29), (1402, 1, 31), (1402, 2, 15), (1402, 7, 30)]
    workers = [
        Worker(code, "علی", "محمدی", number, days, 3_000_000 + month, 400_000) for _, month, days in months
    ]
    for (year, month, _), worker in zip(months, workers, strict=True):
        files = Month(workshop, year, month, [worker, other], encoding=encoding).build_files()
        imported = officer.import_list(files)
        assert imported.status_code == 201, imported.text
        assert officer.import_list(files).status_code == 200

    citizen = stranger.register(code, "1360-05-15", mobile, PASSWORD)
    days, wage = sum(worker.days for worker in workers), sum(worker.insurable for worker in workers)
    statement = citizen.get(f"{RECORDS}/me/statement", params={"type": "wages"}).json()
    assert statement["person"]["first_name"] == "علی"
    assert statement["summary"]["total_days"] == days == 105
    assert statement["tables"]["wages"]["total_wage"] == wage

    letter = citizen.ask_for_letter("all", "wages", "consolidated")
    citizen.wait_until_registered(letter["serial"])
    document = citizen.get_document(letter["id"])
    assert document.startswith(b"%PDF-")
    assert hashlib.sha256(document).hexdigest() == letter["sha256"]
    text = extract_text(document, tmp_path)
    assert format_persian(wage) in text
    assert format_persian(days) in text
    assert "محمدی" in text

    permit = citizen.issue_permit(letter["id"])
    assert len(permit["code"].split()) == 4
    typed = permit["code"].replace(" ", "-").translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    by_form = stranger.inquire(code, typed, purpose="وام")
    assert by_form.status_code == 200, by_form.text
    assert by_form.json()["letter"]["sha256"] == letter["sha256"]
    assert by_form.json()["statement"]["summary"] == statement["summary"]
    assert by_form.json()["receipt"] is None
    fetched = stranger.get(by_form.json()["document_url"])
    assert fetched.content == document
    assert fetched.headers["Cache-Control"] == "no-store"

    bank = stranger.sign_in_institution()
    assert bank.inquire(code, permit["code"]).status_code == 200
    views = citizen.get(f"{INQUIRY}/permits/{permit['id']}/views").json()["items"]
    assert len(views) == 2
    assert system.demo["institution"]["name"] in json.dumps(views, ensure_ascii=False)

    checked = stranger.http.post(f"{INQUIRY}/letters/check", files={"file": ("l.pdf", document)})
    assert checked.json()["result"] == "genuine"
    assert stranger.get(f"/l/{letter['serial']}").status_code == 200
    assert code not in stranger.get(f"/l/{letter['serial']}").text

    assert citizen.http.delete(f"{INQUIRY}/permits/{permit['id']}").status_code == 204
    refused = stranger.inquire(code, permit["code"])
    assert (refused.status_code, refused.json()["code"]) == (410, "permit-revoked")
    stranger.wait_for_message(mobile, "letter-ready")
    stranger.wait_for_message(mobile, "letter-viewed")


def test_the_sample_citizens_work(system: System) -> None:
    stranger = Stranger(system)
    assert len(system.demo["citizens"]) >= 3
    me = stranger.sign_in_citizen().get(f"{RECORDS}/me")
    assert me.status_code == 200
    assert stranger.sign_in(**system.demo["second_officer"])
    assert stranger.sign_in(**system.demo["institution"]["clerk"])
    foreigner, helper = system.demo["foreigner"], system.demo["representative"]
    number = {"insurance_number": foreigner["insurance_number"], "password": foreigner["password"]}
    assert stranger.sign_in(**number).get(f"{RECORDS}/me").json()["totals"]["total_days"] > 0
    code = {"national_code": helper["national_code"], "password": helper["password"]}
    [mandate] = stranger.sign_in(**code).get("/api/v1/auth/me/mandates").json()["items"]
    assert (helper["acts_for"], mandate["status"]) == (foreigner["insurance_number"], "active")


def test_logs_hold_nothing_personal_and_no_secret(system: System) -> None:
    stranger, person = Stranger(system), system.demo["citizens"][2]
    citizen = stranger.sign_in_citizen(2)
    permit = citizen.issue_permit(citizen.ask_for_letter("all")["id"])
    fetched = stranger.inquire(person["national_code"], permit["code"]).json()
    assert stranger.get(fetched["document_url"]).status_code == 200
    secrets = [person["national_code"], person["mobile"], person["password"], fetched["person"]["last_name"]]
    secrets += [permit["code"], permit["code"].replace(" ", ""), fetched["document_url"].rpartition("/")[2]]
    secrets += [system.demo["officer"]["password"], system.demo["institution"]["client_secret"]]
    logs = list((system.data_dir / "logs").glob("*.log*"))
    assert len(logs) > 8
    for log in logs:
        written = log.read_text("utf-8")
        assert not [secret for secret in secrets if secret in written], log.name


@pytest.mark.parametrize(
    "path",
    [
        "/internal/events",
        "/api/v1/auth/../../../internal/events",
        "/api/v1/auth/%2e%2e/%2e%2e/metrics",
        "/metrics",
    ],
)
def test_internal_routes_have_no_way_through(system: System, path: str) -> None:
    answer = Stranger(system).get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_another_persons_letter_does_not_exist(system: System) -> None:
    stranger = Stranger(system)
    letter = stranger.sign_in_citizen(0).ask_for_letter("all")
    other = stranger.sign_in_citizen(1)
    for path in (
        f"/api/v1/disclosure/inbox/{letter['id']}",
        f"/api/v1/disclosure/inbox/{letter['id']}/document",
    ):
        answer = other.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    permit = other.post(f"{INQUIRY}/permits", {"letter_id": letter["id"], "valid_days": 30})
    assert (permit.status_code, permit.json()["code"]) == (404, "not-found")


def test_the_gateways_own_errors_are_problem_documents(system: System) -> None:
    stranger = Stranger(system)
    too_large = stranger.sign_in_officer().import_list({"header": b"x" * (21 * 1024 * 1024), "workers": b"x"})
    assert (too_large.status_code, too_large.json()["code"]) == (413, "body-too-large")
    assert stranger.http.request("PATCH", f"{AUTH}/sessions").json()["code"] == "method-not-allowed"
    unknown = stranger.get("/api/nothing", headers={"Accept-Language": "en"})
    assert unknown.headers["Content-Type"] == "application/problem+json"
    assert unknown.json()["title"] == "Not found"
