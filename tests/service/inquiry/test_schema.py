"""The migrations and the OpenAPI document fit the code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from openapi_spec_validator import validate

from services.inquiry.models import Base
from services.kit.db import migrate, new_engine
from tests.service.inquiry.desk import Desk


def test_the_newest_schema_is_that_of_the_models(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.inquiry")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate(engine, "services.inquiry", "base")
    migrate(engine, "services.inquiry")
    engine.dispose()


def test_the_openapi_document_is_valid(desk: Desk) -> None:
    answer = desk.client.get("/api/v1/inquiry/openapi.json")
    assert answer.status_code == 200
    validate(answer.get_json())
    assert "/api/v1/inquiry/inquiries" in answer.get_json()["paths"]
