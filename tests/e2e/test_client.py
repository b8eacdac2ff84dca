"""The published client as an institution's program uses it: sign in, inquire, download, check."""

import hashlib

import pytest

from govah_client import ApiError, Client, iterate
from tests.e2e.client import Stranger
from tests.e2e.system import System

pytestmark = pytest.mark.xdist_group("e2e")


def test_institution_inquires_and_downloads_the_letter(system: System) -> None:
    person, bank = system.demo["citizens"][1], system.demo["institution"]
    letter_id = Stranger(system).sign_in_citizen(1).ask_for_letter("all")["id"]
    with Client.connect(system.base_url, language="en") as client:
        citizen = client.sign_in(national_code=person["national_code"], password=person["password"])
        letter = citizen.disclosure.get_letter(letter_id)
        permit = citizen.inquiry.create_permit(letter_id, 1)

        program = client.sign_in_program(bank["client_id"], bank["client_secret"])
        answer = program.inquiry.create_inquiry(person["national_code"], permit["code"], purpose="a loan")
        token = answer["document_url"].rpartition("/")[2]
        document = program.inquiry.download_document(token)

        assert hashlib.sha256(document).hexdigest() == letter["sha256"] == answer["letter"]["sha256"]
        assert program.inquiry.check_letter(document)["result"] == "genuine"
        [view] = iterate(citizen.inquiry.list_views, permit["id"])
        assert (view.get("institution"), view["purpose"], view["result"]) == (
            bank["name"],
            "a loan",
            "answered",
        )

        citizen.inquiry.revoke_permit(permit["id"])
        with pytest.raises(ApiError) as refused:
            program.inquiry.create_inquiry(person["national_code"], permit["code"])
        assert refused.value.code == "permit-revoked"
        assert refused.value.request_id
