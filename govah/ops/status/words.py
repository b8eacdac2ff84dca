"""Writes a status: for a person in Persian or English, or for a program in JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping

from govah.ops.status.findings import list_findings
from govah.ops.status.look import Service, Status
from services.kit.problems import Text
from services.kit.text import to_persian_digits

WIDTH = 14
NAMES = {
    "services": Text("سرویس‌ها", "services"),
    "programs": Text("برنامه‌ها", "programs"),
    "queue": Text("صف", "queue"),
    "failed": Text("ناموفق", "failed"),
    "letters": Text("نامه‌ها", "letters"),
    "workers": Text("کارگرها", "workers"),
    "outbox": Text("صندوق خروجی", "outbox"),
    "feeds": Text("رویدادها", "feeds"),
    "certificates": Text("گواهی‌ها", "certificates"),
}
READY, SILENT = Text("آماده", "ready"), Text("پاسخ نمی‌دهد", "does not answer")
WITHOUT = Text("بدون {what}", "without {what}")
UNKNOWN, NONE = Text("نامعلوم", "unknown"), Text("هیچ", "none")
QUEUE = Text(
    "{queued} در صف (قدیمی‌ترین {oldest} ثانیه)، {rendering} در حال ساخت",
    "{queued} queued (the oldest for {oldest} s), {rendering} rendering",
)
LAST_HOUR = Text("{count} در ساعت گذشته", "{count} in the last hour")
ANSWER = Text("{count} پاسخ می‌دهند", "{count} answer")
SECONDS, DAYS = Text("{count} ثانیه", "{count} s"), Text("{count} روز", "{count} days")
BARE = Text("{count}", "{count}")
ALL_READ = Text("همه خوانده شده", "all read")
WELL = Text("همه چیز روبه‌راه است.", "All is well.")


def as_text(status: Status, language: str) -> str:
    """Return some lines for a terminal."""
    lines = [
        f"{NAMES[name].pick(language):<{WIDTH}}{words.pick(language)}" for name, words in _write_lines(status)
    ]
    warnings = [f"! {text.pick(language)}" for _, text in list_findings(status)]
    text = "\n".join([*lines, "", *(warnings or [WELL.pick(language)])])
    return to_persian_digits(text) if language == "fa" else text


def as_json(status: Status) -> str:
    """Return one JSON object with the members of `Status` and the findings."""
    items = [{"code": code, "fa": text.fa, "en": text.en} for code, text in list_findings(status)]
    return json.dumps(dataclasses.asdict(status) | {"findings": items}, ensure_ascii=False, indent=2)


def _write_lines(status: Status) -> Iterator[tuple[str, Text]]:
    yield (
        "services",
        _join_words({name: _describe_state(service) for name, service in status.services.items()}),
    )
    if status.silent:
        yield "programs", _join_words(dict.fromkeys(status.silent, SILENT))
    yield "queue", _describe_queue(status)
    yield "failed", UNKNOWN if status.queued is None else _join_counts(status.failed, BARE)
    yield "letters", _describe_count(LAST_HOUR, status.letters_last_hour)
    yield "workers", _describe_count(ANSWER, status.workers)
    yield "outbox", _join_counts(status.outbox_oldest, SECONDS)
    unread = {name: number for name, number in status.behind.items() if number}
    yield "feeds", ALL_READ if status.behind and not unread else _join_counts(unread, BARE)
    if status.certificates:
        yield "certificates", _join_counts(status.certificates, DAYS)


def _describe_state(service: Service) -> Text:
    if not service.answers:
        return SILENT
    return WITHOUT.format(what=", ".join(service.failed)) if service.failed else READY


def _describe_queue(status: Status) -> Text:
    if status.queued is None:
        return UNKNOWN
    oldest = round(status.oldest_queued or 0)
    return QUEUE.format(queued=status.queued, oldest=oldest, rendering=status.rendering)


def _describe_count(words: Text, count: int | None) -> Text:
    return UNKNOWN if count is None else words.format(count=count)


def _join_counts(counts: Mapping[str, float], words: Text) -> Text:
    return _join_words({name: words.format(count=round(count)) for name, count in counts.items()})


def _join_words(words: Mapping[str, Text]) -> Text:
    if not words:
        return NONE
    fa, en = (
        " · ".join(f"{name} {one.pick(tongue)}" for name, one in words.items()) for tongue in ("fa", "en")
    )
    return Text(fa, en)
