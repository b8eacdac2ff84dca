from tests.service.records.conftest import records

__all__ = ["records"]
