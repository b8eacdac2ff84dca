"""A stranger's client: knows the public contract and nothing else of Govah."""

from typing import Any

import httpx

from tests.e2e.system import System
from tests.waiting import wait_until

AUTH, RECORDS = "/api/v1/auth", "/api/v1/records"
DISCLOSURE, INQUIRY = "/api/v1/disclosure", "/api/v1/inquiry"


class Stranger:
    """HTTP with an optional access token."""

    def __init__(self, system: System, token: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.system = system
        # Every call on a connection of its own, so that none is left open.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(base_url=system.base_url, headers=headers, timeout=60, limits=limits)

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.http.get(path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        return self.http.post(path, json=body, **kwargs)

    def sign_in(self, **credentials: str) -> "Stranger":
        answer = self.post(f"{AUTH}/sessions", credentials)
        assert answer.status_code == 200, answer.text
        return Stranger(self.system, answer.json()["access_token"])

    def sign_in_officer(self) -> "Stranger":
        return self.sign_in(**self.system.demo["officer"])

    def sign_in_institution(self) -> "Stranger":
        bank = self.system.demo["institution"]
        answer = self.http.post(
            f"{AUTH}/token",
            data={"grant_type": "client_credentials"},
            auth=(bank["client_id"], bank["client_secret"]),
        )
        assert answer.status_code == 200, answer.text
        return Stranger(self.system, answer.json()["access_token"])

    def sign_in_citizen(self, number: int = 0) -> "Stranger":
        person = self.system.demo["citizens"][number]
        return self.sign_in(national_code=person["national_code"], password=person["password"])

    def import_list(self, files: dict[str, bytes]) -> httpx.Response:
        parts = {name: (f"{name}.dbf", data, "application/octet-stream") for name, data in files.items()}
        return self.http.post(f"{RECORDS}/lists", files=parts)

    def register(self, national_code: str, birth_date_jalali: str, mobile: str, password: str) -> "Stranger":
        seen = len(self.system.list_messages())
        answer = self.post(
            f"{AUTH}/registrations",
            {"national_code": national_code, "birth_date_jalali": birth_date_jalali, "mobile": mobile},
        )
        assert answer.status_code == 202, answer.text
        registration = answer.json()["registration_id"]
        code = self.wait_for_code(mobile, "activation-code", seen)
        activated = self.post(
            f"{AUTH}/registrations/{registration}/activation", {"activation_code": code, "password": password}
        )
        assert activated.status_code == 201, activated.text
        return self.sign_in(national_code=national_code, password=password)

    def wait_for_code(self, mobile: str, kind: str, skip: int = 0) -> str:
        message = self.wait_for_message(mobile, kind, skip)
        return str(message["code"])

    def wait_for_message(self, mobile: str, kind: str, skip: int = 0) -> dict[str, Any]:
        def list_matches() -> list[dict[str, Any]]:
            new = self.system.list_messages()[skip:]
            return [one for one in new if (one["to"], one["kind"]) == (mobile, kind)]

        return wait_until(list_matches, f"no {kind} came")[0]

    def wait_until_registered(self, serial: str) -> None:
        """Return once inquiry knows a letter, which the feed brings it after disclosure has made it."""
        path = f"{INQUIRY}/letters/{serial}"
        wait_until(lambda: self.get(path).status_code == 200, f"inquiry does not know the letter {serial}")

    def ask_for_letter(self, *types: str) -> dict[str, Any]:
        """Request a letter, agree and wait. Return the letter as the inbox lists it."""
        agreement = self.get(f"{DISCLOSURE}/agreement").json()
        response = self.post(
            f"{DISCLOSURE}/requests",
            {"types": list(types), "agreement_version": agreement["version"], "agreed": True},
        )
        assert response.status_code == 202, response.text
        assert response.json()["status"] == "queued"

        def find_letter_id() -> str | None:
            request = self.get(f"{DISCLOSURE}/requests/{response.json()['id']}").json()
            assert request["status"] != "failed", request
            return str(request["letter_id"]) if request["status"] == "ready" else None

        ready = wait_until(find_letter_id, "the letter did not come", pause=0.1)
        letter: dict[str, Any] = self.get(f"{DISCLOSURE}/inbox/{ready}").json()
        return letter

    def get_document(self, letter_id: str) -> bytes:
        answer = self.get(f"{DISCLOSURE}/inbox/{letter_id}/document")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/pdf"
        return answer.content

    def issue_permit(self, letter_id: str, **fields: Any) -> dict[str, Any]:
        answer = self.post(f"{INQUIRY}/permits", {"letter_id": letter_id, "valid_days": 30, **fields})
        assert answer.status_code == 201, answer.text
        permit: dict[str, Any] = answer.json()
        return permit

    def inquire(self, national_code: str, code: str, **fields: Any) -> httpx.Response:
        return self.post(f"{INQUIRY}/inquiries", {"national_code": national_code, "code": code, **fields})
