"""The public keys of letters: their publication, and warnings before a certificate expires."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
import svcs
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from services.inquiry.app import create_app
from services.inquiry.settings import Settings
from services.pdfworker.signing import authority
from tests.fakes.inquiry import CountingStretcher, FakeLetterReader
from tests.service.inquiry.desk import API
from tests.tokens import TestKeys
from tests.unit.pdfworker.provable import PASSWORD, create_keys

METRIC = "govah_certificate_expires_timestamp_seconds"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def served(settings: Settings, trust: Path) -> Iterator[FlaskClient]:
    """Run the service with a file of public keys."""
    with_trust = settings.model_copy(update={"letter_trust_file": trust})
    app = create_app(with_trust, keys=TestKeys(), letters=FakeLetterReader(), stretcher=CountingStretcher())
    with app.app_context():
        engine = svcs.flask.get(sa.Engine)
    yield app.test_client()
    engine.dispose()


def make_trust_file(directory: Path, *days_left: int) -> Path:
    """Return a file of public keys; `days_left` of the signers' certificates, newest first."""
    keys = create_keys(directory / "keys")
    letter_key, trust = (keys / authority.LETTER_KEY).read_bytes(), directory / "trust.pem"
    parts = []
    for days in days_left:
        begins = datetime.now(UTC) - timedelta(days=100)
        signing = authority.create_signing_file(PASSWORD, begins=begins, lifetime=timedelta(days=100 + days))
        parts.append(authority.export_public_keys(signing, PASSWORD, letter_key))
    trust.write_bytes(b"".join(parts))
    return trust


@pytest.mark.parametrize(
    ("days_left", "warned"), [((40,), False), ((20,), True), ((-1,), True), ((40, 3, -50), False)]
)
def test_certificate_expiry_is_reported_30_days_ahead(
    settings: Settings, tmp_path: Path, days_left: tuple[int, ...], warned: bool
) -> None:
    trial = settings.model_copy(update={"test_mode": True})
    with served(trial, make_trust_file(tmp_path, *days_left)) as client:
        warnings = client.get("/readyz").get_json().get("warnings", [])
    assert [authority.SIGNER_NAME in warning for warning in warnings] == [True] * warned
    assert all("اعتبار گواهی رو به پایان است" in warning for warning in warnings)


@pytest.mark.parametrize("test_mode", [False, True])
def test_a_certificate_for_trials_is_reported_where_letters_are_real(
    settings: Settings, tmp_path: Path, test_mode: bool
) -> None:
    with served(
        settings.model_copy(update={"test_mode": test_mode}), make_trust_file(tmp_path, 400)
    ) as client:
        ready = client.get("/readyz")
    assert ready.status_code == 200
    warnings = ready.get_json().get("warnings", [])
    assert ["a certificate for trials" in warning for warning in warnings] == ([] if test_mode else [True])


def test_certificate_expiry_is_a_metric(settings: Settings, tmp_path: Path) -> None:
    with served(settings, make_trust_file(tmp_path, 20, 3)) as client:
        families = text_string_to_metric_families(client.get("/metrics").text)
        [sample] = [sample for family in families if family.name == METRIC for sample in family.samples]
    assert sample.labels == {"certificate": "signing"}
    left = sample.value - datetime.now(UTC).timestamp()
    assert abs(left - timedelta(days=20).total_seconds()) < 3600


def test_missing_trust_file_is_reported(settings: Settings, tmp_path: Path) -> None:
    with served(settings, tmp_path / "nothing.pem") as client:
        [warning] = client.get("/readyz").get_json()["warnings"]
    assert "file of public keys nothing.pem" in warning


def test_public_keys_are_public_and_contain_no_secret(settings: Settings, tmp_path: Path) -> None:
    trust = make_trust_file(tmp_path, 40)
    with served(settings, trust) as client:
        published = client.get(f"{API}/letters/keys").get_json()
    assert published["pem"].count("BEGIN CERTIFICATE") == 1
    assert published["pem"].startswith("Public-URL: https://govah.example\nPurpose: letters\n-----BEGIN")
    assert "PRIVATE" not in published["pem"]
    [key] = published["keys"]
    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")
    assert "d" not in key


def test_letters_are_checked_without_the_trust_file(settings: Settings, tmp_path: Path) -> None:
    for trust in (tmp_path / "nothing.pem", make_trust_file(tmp_path, 40)):
        with served(settings, trust) as client:
            upload = {"file": (BytesIO(b"%PDF-1.7 of somebody"), "letter.pdf")}
            checked = client.post(f"{API}/letters/check", data=upload)
        assert (checked.status_code, checked.get_json()["result"]) == (200, "not-ours")
