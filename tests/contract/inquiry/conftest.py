from tests.service.inquiry.conftest import desk, settings

__all__ = ["desk", "settings"]
