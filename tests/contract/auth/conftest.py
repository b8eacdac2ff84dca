from tests.service.auth.conftest import desk

__all__ = ["desk"]
