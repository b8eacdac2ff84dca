from tests.service.inquiry.conftest import desk, package

__all__ = ["desk", "package"]
