"""The exported OpenAPI documents are valid, and equal to what the code serves."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from govah.local.embedded import CREATE
from tests.contract.openapi import DIRECTORY, format_document, load_document


@pytest.mark.parametrize("service", list(CREATE))
def test_code_and_file_are_equal(service: str) -> None:
    document = load_document(service)
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    exported = (DIRECTORY / f"{service}.json").read_text("utf-8")
    assert exported == format_document(document), "the contract has changed: run make contracts"
