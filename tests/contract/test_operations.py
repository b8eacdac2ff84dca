"""Every public call is documented: words, examples that its schemas admit, who may call, what can fail."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from govah.local.embedded import CREATE
from tests.contract.openapi import load_document

Json = dict[str, Any]
METHODS = {"get", "post", "put", "patch", "delete"}
ONCE = {
    "create_agreement",
    "create_registration",
    "import_list",
    "create_import",
    "create_request",
    "create_permit",
    "draft_objection",
    "submit_draft",
    "attach_file",
    "propose_change",
    "propose_list_replacement",
}
# What is public, as other systems were promised it: method, path, and the status of success.
PROMISED = """
auth POST /api/v1/auth/registrations 202
auth GET /api/v1/auth/registrations/{registration_id} 200
auth POST /api/v1/auth/registrations/{registration_id}/activation 201
auth POST /api/v1/auth/sessions 200
auth POST /api/v1/auth/sessions/refresh 200
auth DELETE /api/v1/auth/sessions/current 204
auth POST /api/v1/auth/password-resets 202
auth POST /api/v1/auth/password-resets/{reset_id}/completion 200
auth POST /api/v1/auth/password 204
auth POST /api/v1/auth/mobile 202
auth POST /api/v1/auth/mobile/confirmation 204
auth POST /api/v1/auth/mobile/reversal 200
auth GET /api/v1/auth/me 200
auth PATCH /api/v1/auth/me 200
auth DELETE /api/v1/auth/me 200
auth GET /api/v1/auth/me/export 200
auth GET /api/v1/auth/me/devices 200
auth DELETE /api/v1/auth/me/devices/{device_id} 204
auth POST /api/v1/auth/me/second-factors 201
auth POST /api/v1/auth/me/second-factors/{factor_id}/confirmation 200
auth DELETE /api/v1/auth/me/second-factors/{factor_id} 204
auth POST /api/v1/auth/me/recovery-codes 200
auth POST /api/v1/auth/sessions/passkey-options 201
auth POST /api/v1/auth/sessions/passkey 200
auth GET /api/v1/auth/me/preferences 200
auth PUT /api/v1/auth/me/preferences 200
auth POST /api/v1/auth/me/representatives 201
auth GET /api/v1/auth/me/representatives 200
auth DELETE /api/v1/auth/me/representatives/{mandate_id} 204
auth GET /api/v1/auth/me/mandates 200
auth POST /api/v1/auth/me/mandates/{mandate_id}/acceptance 200
auth DELETE /api/v1/auth/me/mandates/{mandate_id} 204
auth POST /api/v1/auth/sessions/acting 200
auth POST /api/v1/auth/counter/identifications 201
auth GET /api/v1/auth/counter/identifications 200
auth GET /api/v1/auth/counter/identifications/{identification_id} 200
auth POST /api/v1/auth/counter/identifications/{identification_id}/confirmation 200
auth POST /api/v1/auth/counter/identifications/{identification_id}/rejection 200
auth POST /api/v1/auth/counter/activations 201
auth POST /api/v1/auth/token 200
auth GET /api/v1/auth/admin/officers 200
auth POST /api/v1/auth/admin/officers 201
auth GET /api/v1/auth/admin/officers/{officer_id} 200
auth PUT /api/v1/auth/admin/officers/{officer_id} 200
auth POST /api/v1/auth/admin/officers/{officer_id}/password 200
auth DELETE /api/v1/auth/admin/officers/{officer_id}/second-factor 204
auth DELETE /api/v1/auth/admin/officers/{officer_id}/sessions 204
auth GET /api/v1/auth/admin/log 200
auth GET /api/v1/auth/admin/token-keys 200
auth GET /api/v1/auth/admin/closed-accounts 200
auth GET /api/v1/auth/admin/closed-accounts/{closed_id} 200
auth POST /api/v1/auth/admin/closed-accounts/{closed_id}/choice 204
auth GET /api/v1/auth/admin/institutions 200
auth POST /api/v1/auth/admin/institutions 201
auth GET /api/v1/auth/admin/institutions/{institution_id} 200
auth PUT /api/v1/auth/admin/institutions/{institution_id} 200
auth GET /api/v1/auth/admin/institutions/{institution_id}/clerks 200
auth POST /api/v1/auth/admin/institutions/{institution_id}/clerks 201
auth PUT /api/v1/auth/admin/clerks/{clerk_id} 200
auth POST /api/v1/auth/admin/clerks/{clerk_id}/password 200
auth DELETE /api/v1/auth/admin/clerks/{clerk_id}/second-factor 204
auth GET /api/v1/auth/admin/institutions/{institution_id}/clients 200
auth POST /api/v1/auth/admin/institutions/{institution_id}/clients 201
auth PUT /api/v1/auth/admin/clients/{client_id} 200
auth POST /api/v1/auth/admin/clients/{client_id}/secret 200
auth GET /api/v1/auth/institution 200
auth GET /api/v1/auth/institution/clerks 200
auth POST /api/v1/auth/institution/clerks 201
auth PUT /api/v1/auth/institution/clerks/{clerk_id} 200
auth POST /api/v1/auth/institution/clerks/{clerk_id}/password 200
auth DELETE /api/v1/auth/institution/clerks/{clerk_id}/second-factor 204
auth GET /api/v1/auth/institution/clients 200
auth POST /api/v1/auth/institution/clients 201
auth PUT /api/v1/auth/institution/clients/{client_id} 200
auth POST /api/v1/auth/institution/clients/{client_id}/secret 200
auth GET /api/v1/auth/institution/log 200
auth GET /.well-known/jwks.json 200
auth GET /.well-known/oauth-authorization-server 200
records GET /api/v1/records/me 200
records GET /api/v1/records/me/contributions 200
records GET /api/v1/records/me/statement 200
records POST /api/v1/records/lists 201
records POST /api/v1/records/lists 200
records GET /api/v1/records/lists 200
records GET /api/v1/records/lists/{list_id} 200
records GET /api/v1/records/lists/{list_id}/files/{file} 200
records POST /api/v1/records/lists/{list_id}/replacement 201
records POST /api/v1/records/imports 202
records GET /api/v1/records/imports 200
records GET /api/v1/records/imports/{import_id} 200
records DELETE /api/v1/records/imports/{import_id} 204
records PUT /api/v1/records/imports/{import_id}/parts/{number} 200
records POST /api/v1/records/imports/{import_id}/completion 202
records GET /api/v1/records/imports/{import_id}/findings 200
records POST /api/v1/records/people/search 200
records POST /api/v1/records/me/objections 201
records GET /api/v1/records/me/objections 200
records GET /api/v1/records/me/objections/{objection_id} 200
records PUT /api/v1/records/me/objections/{objection_id} 200
records DELETE /api/v1/records/me/objections/{objection_id} 204
records POST /api/v1/records/me/objections/{objection_id}/confirmation 200
records POST /api/v1/records/me/objections/{objection_id}/withdrawal 200
records POST /api/v1/records/me/objections/{objection_id}/attachments 201
records GET /api/v1/records/me/objections/{objection_id}/attachments 200
records GET /api/v1/records/me/objections/{objection_id}/attachments/{attachment_id} 200
records DELETE /api/v1/records/me/objections/{objection_id}/attachments/{attachment_id} 204
records GET /api/v1/records/objections/{objection_id}/attachments/{attachment_id} 200
records POST /api/v1/records/me/objections/{objection_id}/answer 200
records POST /api/v1/records/objections/{objection_id}/question 200
records GET /api/v1/records/objections 200
records POST /api/v1/records/objections/{objection_id}/opening 200
records GET /api/v1/records/accesses 200
records GET /api/v1/records/desk 200
records GET /api/v1/records/desk/week 200
records GET /api/v1/records/held-rows 200
records GET /api/v1/records/held-rows/{held_row_id} 200
records POST /api/v1/records/proposals 201
records GET /api/v1/records/proposals 200
records GET /api/v1/records/proposals/{proposal_id} 200
records DELETE /api/v1/records/proposals/{proposal_id} 200
records POST /api/v1/records/proposals/{proposal_id}/confirmation 200
records POST /api/v1/records/proposals/{proposal_id}/rejection 200
records POST /api/v1/records/objections/{objection_id}/decision 200
records POST /api/v1/records/objections/{objection_id}/decision/confirmation 200
disclosure GET /api/v1/disclosure/request-types 200
disclosure GET /api/v1/disclosure/agreement 200
disclosure GET /api/v1/disclosure/agreements 200
disclosure POST /api/v1/disclosure/agreements 201
disclosure GET /api/v1/disclosure/counters 200
disclosure POST /api/v1/disclosure/requests 202
disclosure GET /api/v1/disclosure/requests 200
disclosure GET /api/v1/disclosure/requests/{disclosure_id} 200
disclosure POST /api/v1/disclosure/requests/{disclosure_id}/retry 202
disclosure GET /api/v1/disclosure/inbox 200
disclosure GET /api/v1/disclosure/inbox/{letter_id} 200
disclosure GET /api/v1/disclosure/inbox/{letter_id}/credential 200
disclosure GET /api/v1/disclosure/inbox/{letter_id}/document 200
disclosure POST /api/v1/disclosure/letters/{serial}/revocation 200
disclosure GET /api/v1/disclosure/activity 200
disclosure GET /api/v1/disclosure/quota 200
inquiry POST /api/v1/inquiry/permits 201
inquiry GET /api/v1/inquiry/permits 200
inquiry GET /api/v1/inquiry/permits/{permit_id} 200
inquiry GET /api/v1/inquiry/permits/{permit_id}/views 200
inquiry POST /api/v1/inquiry/permits/{permit_id}/pause 200
inquiry POST /api/v1/inquiry/permits/{permit_id}/resume 200
inquiry DELETE /api/v1/inquiry/permits/{permit_id} 204
inquiry GET /api/v1/inquiry/institutions 200
inquiry POST /api/v1/inquiry/inquiries 200
inquiry GET /api/v1/inquiry/inquiries 200
inquiry GET /api/v1/inquiry/inquiries/{inquiry_id} 200
inquiry POST /api/v1/inquiry/discrepancies 201
inquiry GET /api/v1/inquiry/discrepancies 200
inquiry GET /api/v1/inquiry/discrepancies/{discrepancy_id} 200
inquiry POST /api/v1/inquiry/discrepancies/{discrepancy_id}/decline 200
inquiry GET /api/v1/inquiry/letters/{serial} 200
inquiry POST /api/v1/inquiry/letters/check 200
"""


@cache
def load_served(service: str) -> Json:
    return load_document(service)


def list_operations(service: str) -> Iterator[tuple[str, Json, Json]]:
    """Yield every operation with its name and its path item."""
    for path, item in load_served(service)["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item, item[method]


def resolve_reference(service: str, part: Json) -> Json:
    """Return what a reference names, or the part itself."""
    for name in part.get("$ref", "#").split("/")[1:]:
        part = (load_served(service) if name == "components" else part)[name]
    return part


def check(service: str, schema: Json, example: object) -> None:
    """Raise unless the schema admits the example."""
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    Draft202012Validator(root | {"components": load_served(service)["components"]}).validate(example)


@pytest.mark.parametrize("promise", PROMISED.split("\n")[1:-1])
def test_promised_operation_exists(promise: str) -> None:
    service, method, path, status = promise.split()
    assert status in load_served(service)["paths"][path][method.lower()]["responses"]


@pytest.mark.parametrize("service", list(CREATE))
def test_every_operation_has_words_in_both_languages(service: str) -> None:
    persian, ids = re.compile("[آ-ی]"), []
    for name, _, operation in list_operations(service):
        fa, en = operation["description"].split("\n")
        assert persian.search(operation["x-summary-fa"]), name
        assert persian.search(fa), name
        assert operation["summary"], name
        assert not persian.search(operation["summary"] + en), name
        assert operation["tags"], name
        assert "security" in operation, name
        ids.append(operation["operationId"])
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("service", list(CREATE))
def test_every_body_and_reply_has_an_example_that_its_schema_admits(service: str) -> None:
    for name, _, operation in list_operations(service):
        contents = list(operation.get("requestBody", {}).get("content", {}).values())
        for status, reply in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert reply["content"], (name, status)
                contents += reply["content"].values()
        for content in contents:
            assert "example" in content, name
            check(service, content["schema"], content["example"])


@pytest.mark.parametrize("service", list(CREATE))
def test_every_parameter_has_an_example_that_its_schema_admits(service: str) -> None:
    for name, item, operation in list_operations(service):
        for part in [*item.get("parameters", []), *operation["parameters"]]:
            parameter = resolve_reference(service, part)
            if "example" in parameter:
                check(service, parameter["schema"], parameter["example"])
            else:
                assert parameter["name"] == "cursor", (name, parameter["name"])


@pytest.mark.parametrize("service", list(CREATE))
def test_every_problem_is_a_document_with_its_codes(service: str) -> None:
    for name, _, operation in list_operations(service):
        assert "503" in operation["responses"], name
        for status, part in operation["responses"].items():
            response = resolve_reference(service, part)
            assert "X-Request-ID" in response["headers"], (name, status)
            if status[0] != "4" or operation["operationId"] == "grant_token":
                continue
            content = response["content"]["application/problem+json"]
            for code, reference in content["examples"].items():
                example = resolve_reference(service, reference)["value"]
                check(service, content["schema"], example)
                assert (example["code"], example["status"]) == (code, int(status)), name
            assert ("Retry-After" in response["headers"]) == (status == "429"), (name, status)


@pytest.mark.parametrize("service", list(CREATE))
def test_operations_with_a_token_document_refusals(service: str) -> None:
    for name, _, operation in list_operations(service):
        answers = operation["responses"].keys()
        if "bearerAuth" in operation["security"][0] if operation["security"] else False:
            assert {"401", "403"} <= answers, name
        elif operation["security"] == []:
            assert "403" not in answers, name


@pytest.mark.parametrize("service", list(CREATE))
def test_calls_that_may_be_repeated_take_a_key(service: str) -> None:
    for name, _, operation in list_operations(service):
        takes = {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
        assert takes == (operation["operationId"] in ONCE), name
