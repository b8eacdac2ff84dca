"""The limits of tasks: each is above the one before, or nothing starts."""

import pytest

from services.kit.queue import Limits, new_celery
from services.kit.settings import SettingsError, load_settings


def test_limits_rise_from_the_soft_one_to_the_lease() -> None:
    limits = load_settings(Limits)
    assert limits.soft_limit < limits.hard_limit < limits.visibility_timeout < limits.lease


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOVAH_SOFT_LIMIT", "90"),
        ("GOVAH_HARD_LIMIT", "120"),
        ("GOVAH_VISIBILITY_TIMEOUT", "150"),
        ("GOVAH_LEASE", "120"),
        ("GOVAH_SOFT_LIMIT", "0"),
    ],
)
def test_limits_in_another_order_are_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="GOVAH_SOFT_LIMIT"):
        load_settings(Limits)


def test_a_worker_and_its_broker_keep_to_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVAH_VISIBILITY_TIMEOUT", "130")
    conf = new_celery("test", "memory://", load_settings(Limits)).conf
    assert (conf.task_soft_time_limit, conf.task_time_limit) == (60, 90)
    assert conf.visibility_timeout == conf.broker_transport_options["visibility_timeout"] == 130
    assert conf.broker_transport_options["socket_timeout"] == 10
