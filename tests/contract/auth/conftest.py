from tests.service.auth.conftest import desk, package

__all__ = ["desk", "package"]
