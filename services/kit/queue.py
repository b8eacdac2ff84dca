"""The broker: one Celery configuration for producers and workers, and the nudges of the event feeds.

No message is trusted to arrive: the database row is the truth, and a message only makes its receiver look.
"""

import itertools
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self, cast

import structlog
from celery import Celery
from kombu import Connection, Exchange, Queue, binding
from kombu.exceptions import OperationalError as BrokerAway
from kombu.mixins import ConsumerMixin
from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit import tracing
from services.kit.sentinel import Sentinels, is_sentinel_url
from services.kit.settings import BrokerSettings, load_settings

if TYPE_CHECKING:
    from services.kit.broker_password import PasswordFile

Seconds = Annotated[int, Field(ge=1, le=24 * 3600)]

EVENTS = Exchange("govah.events", type="topic", durable=False, delivery_mode="transient")

_TRANSPORT_OPTIONS: dict[str, Any] = {
    # The defaults restore a dead worker's message after an hour, sweeping every 100 s.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 5,
}

# One immediate retry: the caller has a loop of its own that waits.
_CONNECT_ONCE: dict[str, Any] = {"max_retries": 1, "interval_start": 0.1}

log = structlog.get_logger()

__all__ = [
    "EVENTS",
    "BrokerAway",
    "Limits",
    "Nudges",
    "check_broker",
    "count_queued_tasks",
    "new_celery",
    "send_nudge",
    "send_task",
]


class Limits(BaseSettings):
    """How long a task may take, in seconds; settings of the programs that send tasks and of the workers.

    A task is stopped at its soft limit and killed at its hard one. The broker delivers it again after the
    visibility timeout. disclosure assigns the request to another worker after the lease.
    """

    model_config = SettingsConfigDict(env_prefix="GOVAH_", frozen=True, extra="ignore")

    soft_limit: Seconds = 60
    hard_limit: Seconds = 90
    visibility_timeout: Seconds = 120
    lease: Seconds = 150

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        rising = (self.soft_limit, self.hard_limit, self.visibility_timeout, self.lease)
        if any(later <= earlier for earlier, later in itertools.pairwise(rising)):
            raise ValueError("GOVAH_SOFT_LIMIT < _HARD_LIMIT < _VISIBILITY_TIMEOUT < _LEASE must hold")
        return self


class Broker(NamedTuple):
    """What kombu needs to know of a broker; `tls` is False where its URL says it, and without TLS."""

    url: str
    options: dict[str, Any]
    password: "PasswordFile | None"
    tls: dict[str, str] | bool = False


def _find_broker(url: str) -> Broker:
    password = None
    if load_settings(BrokerSettings).broker_password_file:
        # It imports redis, and with it OpenTelemetry: only for programs that need it.
        from services.kit.broker_password import find_broker_password  # noqa: PLC0415

        password = find_broker_password(url)
    if not is_sentinel_url(url):
        return Broker(url, _TRANSPORT_OPTIONS, password)
    sentinels = Sentinels.from_url(url)
    options = {**_TRANSPORT_OPTIONS, **sentinels.build_transport_options(password)}
    return Broker(sentinels.build_broker_url(), options, password, sentinels.build_tls_options() or False)


def new_celery(name: str, broker_url: str, limits: Limits | None = None, *, queue: str = "letters") -> Celery:
    """Return a Celery app with the measured settings; tasks are JSON and named by strings.

    A program that only sends tasks needs no `limits`.
    """
    broker = _find_broker(broker_url)
    app = Celery(name, broker=broker.url, set_as_current=False)
    app.conf.update(
        broker_use_ssl=broker.tls,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=queue,
        task_create_missing_queues=True,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        # A new process takes over a second for its first letter; after 80 letters it has grown by 40 MiB. A
        # process of this size, in KiB, has drawn a letter of a hundred pages, and is replaced after it.
        worker_max_tasks_per_child=500,
        worker_max_memory_per_child=512 * 1024,
        worker_soft_shutdown_timeout=20,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=broker.options,
    )
    if limits:
        app.conf.update(
            task_soft_time_limit=limits.soft_limit,
            task_time_limit=limits.hard_limit,
            broker_transport_options={**broker.options, "visibility_timeout": limits.visibility_timeout},
            visibility_timeout=limits.visibility_timeout,
        )
    amqp: Any = app.amqp  # the stubs do not have the class of its connections
    amqp.Connection = partial(Connection, credential_provider=broker.password)
    return app


def _open_pooled_connection(app: Celery) -> AbstractContextManager[Connection]:
    """Return one of this process's pooled connections, which may be open from an earlier use."""
    pool: Any = app.pool  # the stubs say that it has producers
    return cast("AbstractContextManager[Connection]", pool.acquire(block=True))


def count_queued_tasks(app: Celery) -> int:
    """Return how many tasks wait in the broker. Raises BrokerAway."""
    with _open_pooled_connection(app) as connection:
        connection.ensure_connection(**_CONNECT_ONCE)
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(app.conf.task_default_queue, passive=True).message_count)
        except connection.channel_errors:
            # Redis knows no queue without messages.
            return 0
        except connection.connection_errors as error:
            raise BrokerAway(type(error).__name__) from error


def check_broker(app: Celery) -> None:
    """Raise BrokerAway unless the broker answers."""
    with app.connection_for_write() as connection:
        connection.ensure_connection(**_CONNECT_ONCE)


def send_task(app: Celery, name: str, data: Mapping[str, Any], request_id: str) -> None:
    """Publish one task. Raises BrokerAway when the broker does not accept it."""
    with (
        structlog.contextvars.bound_contextvars(request_id=request_id),
        tracing.span(f"publish {name}", "producer", {"messaging.system": "celery"}),
    ):
        headers = {"request_id": request_id, **tracing.build_trace_headers()}
        app.send_task(name, kwargs=dict(data), headers=headers, retry=False)


def send_nudge(app: Celery, service: str) -> None:
    """Nudge the readers of a service's feed that it has new events; an unavailable broker is not an error."""
    with _open_pooled_connection(app) as connection:
        lost: tuple[type[BaseException], ...] = (BrokerAway, *connection.connection_errors)
        try:
            _publish_nudge(connection, service)
        except lost:
            # A pooled connection may be dead; a new one shows whether the broker is unavailable.
            connection.collect()
            try:
                _publish_nudge(connection, service)
            except lost as error:
                log.info("nudge.not-sent", reason=type(error).__name__)


def _publish_nudge(connection: Connection, service: str) -> None:
    connection.ensure_connection(**_CONNECT_ONCE)
    producer = connection.Producer(connection.default_channel)
    producer.publish({}, exchange=EVENTS, routing_key=service, declare=[EVENTS], retry=False, expiration=60)


class Nudges(ConsumerMixin):
    """Listens for nudges of services, and calls back with the service's name; reconnects automatically."""

    def __init__(self, broker_url: str, services: list[str], on_nudge: Callable[[str], None]) -> None:
        broker = _find_broker(broker_url)
        self.connection = Connection(
            broker.url,
            transport_options=broker.options,
            ssl=broker.tls,
            credential_provider=broker.password,
        )
        self._services = services
        self._on_nudge = on_nudge

    def get_consumers(self, consumer: Callable[..., Any], channel: Any) -> list[Any]:
        # A new queue for each connection; that of a killed listener expires with its bindings.
        own_queue = Queue(
            f"nudges.{uuid.uuid4().hex}",
            bindings=[binding(EVENTS, routing_key=name) for name in self._services],
            exclusive=True,
            auto_delete=True,
            expires=60,
            channel=channel,
        )
        return [consumer([own_queue], callbacks=[self._receive], accept=["json"], no_ack=True)]

    def _receive(self, _body: Any, message: Any) -> None:
        self._on_nudge(message.delivery_info["routing_key"])

    def listen(self, stop: threading.Event) -> None:
        """Run until `stop` is set; meant for a thread."""
        threading.Thread(target=self._stop_when, args=(stop,), daemon=True).start()
        self.run()

    def _stop_when(self, stop: threading.Event) -> None:
        stop.wait()
        self.should_stop = True
