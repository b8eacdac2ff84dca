"""What of a status needs an operator; deploy/watch/alerts.yml alerts for the same after a while."""

from collections.abc import Iterator

from govah.ops.status.look import Status
from services.kit.problems import Text

# Thresholds past which an operator has to act. A test compares them with those of deploy/watch/alerts.yml.
MAX_QUEUED_SECONDS, MAX_OUTBOX_SECONDS, MAX_CODE_SECONDS = 600, 60, 60
MAX_EVENTS_BEHIND = 1000
MIN_CERTIFICATE_DAYS = 30
MAX_ENDINGS_SECONDS, MAX_BACKUP_SECONDS = 60, 129600
# Services are asked one after the other, and events arrive meanwhile. Alerts compare figures of one moment.
MAX_EVENTS_AHEAD = 100

SILENT = Text("{name} پاسخ نمی‌دهد.", "{name} does not answer.")
UNREADY = Text("{name} آماده نیست: {what} در دسترس نیست.", "{name} is not ready: {what} is away.")
STUCK = Text("صندوق خروجی {name} مانده است.", "The outbox of {name} is stuck.")
UNJOURNALED = Text(
    "پایان‌های {name} به دفتر نمی‌رسد؛ محل دفتر (GOVAH_ENDINGS_URL) را ببینید.",
    "What {name} has ended does not reach the journal; see its place (GOVAH_ENDINGS_URL).",
)
OLD_BACKUP = Text(
    "آخرین پشتیبان سالم {hours} ساعت پیش گرفته شده است؛ پشتیبان تازه بگیرید.",
    "The last good backup is {hours} hours old; make another one.",
)
BEHIND = Text("{name} عقب است.", "{name} is behind.")
AHEAD = Text("{name} بیش از آنچه هست خوانده است.", "{name} has read more than there is.")
FAILED = Text(
    "{count} درخواست ناموفق مانده است؛ با admin requests failed ببینید.",
    "{count} requests have failed and wait for an operator: admin requests failed lists them.",
)
WAITING = Text(
    "{count} درخواست در انتظار پایان یک قطعی است: {code}",
    "{count} requests wait for the end of an outage: {code}",
)
CODES = Text("کدهای پیامکی در انتظار مانده‌اند.", "Codes to mobiles wait too long.")
WARNING = Text("{name} هشدار می‌دهد: {what}", "{name} warns: {what}")
ENDING = Text("گواهی {name} به‌زودی پایان می‌یابد.", "The certificate of {name} ends soon.")

Finding = tuple[str, Text]


def list_findings(status: Status) -> Iterator[Finding]:
    """Yield what is not well: a stable code and a sentence each."""
    yield from _check_programs(status)
    yield from _check_queue(status)
    for code, count in status.waiting.items():
        yield "requests-wait", WAITING.format(count=count, code=code)
    if (status.oldest_code or 0) > MAX_CODE_SECONDS:
        yield "codes-wait", CODES
    for name, seconds in status.outbox_oldest.items():
        if seconds > MAX_OUTBOX_SECONDS:
            yield "outbox-stuck", STUCK.format(name=name)
    yield from _check_backups(status)
    for name, number in status.behind.items():
        if number > MAX_EVENTS_BEHIND:
            yield "consumer-behind", BEHIND.format(name=name)
        elif number < -MAX_EVENTS_AHEAD:
            yield "consumer-ahead", AHEAD.format(name=name)
    for name, days in status.certificates.items():
        if days < MIN_CERTIFICATE_DAYS:
            yield "certificate-ends", ENDING.format(name=name)


def _check_backups(status: Status) -> Iterator[Finding]:
    for name, seconds in status.endings_oldest.items():
        if seconds > MAX_ENDINGS_SECONDS:
            yield "endings-wait", UNJOURNALED.format(name=name)
    if status.backup_age is not None and status.backup_age > MAX_BACKUP_SECONDS:
        yield "backup-old", OLD_BACKUP.format(hours=int(status.backup_age // 3600))


def _check_programs(status: Status) -> Iterator[Finding]:
    for name, service in status.services.items():
        if not service.answers:
            yield "service-away", SILENT.format(name=name)
        elif service.failed:
            yield "service-unready", UNREADY.format(name=name, what=", ".join(service.failed))
        for warning in service.warnings:
            yield "service-warns", WARNING.format(name=name, what=warning)
    for name in status.silent:
        yield "program-away", SILENT.format(name=name)


def _check_queue(status: Status) -> Iterator[Finding]:
    if status.workers is None:
        yield "broker-away", Text("کارگزار پیام پاسخ نمی‌دهد.", "The broker does not answer.")
    elif status.workers == 0:
        yield "no-worker", Text("هیچ کارگر نامه‌ای پاسخ نمی‌دهد.", "No PDF worker answers.")
    if failed := sum(status.failed.values()):
        yield "requests-failed", FAILED.format(count=failed)
    if (status.oldest_queued or 0) > MAX_QUEUED_SECONDS:
        yield "queue-slow", Text("درخواست‌ها در صف مانده‌اند.", "Requests wait too long.")
