from tests.service.inquiry.conftest import desk, package, settings

__all__ = ["desk", "package", "settings"]
