from tests.service.records.conftest import package, records

__all__ = ["package", "records"]
