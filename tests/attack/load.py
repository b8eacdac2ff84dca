"""Who is answered while strangers send what is costly: inquiries beside hostile uploads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx

from tests.attack.proof import KIBIBYTE, build_bomb_file, build_bombs
from tests.attack.registry import AttackVoid, Outcome, Size, register_attack
from tests.attack.target import INQUIRY, Target, read_problem_code

MOST_SLOWER = 2.0


def compute_percentile(times: list[float], share: float) -> float:
    """Return the time that this share of all stays below, in seconds."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Stream:
    """Inquiries, one after the other, each on a connection and from an address of its own."""

    def __init__(self, target: Target) -> None:
        self.target, holder = target, target.holder
        self.pair = holder.person.national_code, str(holder.issue_permit()["code"])

    def ask(self, count: int, pause: float = 0.05) -> list[tuple[int, str, float]]:
        """Return status, problem code and seconds of each; 0 stands for no answer."""
        inquiries = []
        for _ in range(count):
            began = time.monotonic()
            try:
                answer = self.target.create_stranger().inquire(*self.pair)
                result = answer.status_code, read_problem_code(answer)
            except httpx.TransportError as error:
                result = 0, type(error).__name__
            inquiries.append((*result, time.monotonic() - began))
            time.sleep(pause)
        return inquiries


def upload(target: Target, data: bytes, until: threading.Event) -> int:
    """Return how often the file was sent until the event, a second between two.

    Without the second the sender's own work would be measured: both share the processors.
    """
    sent = 0
    while not until.is_set():
        with suppress(httpx.TransportError):
            target.create_stranger().http.post(f"{INQUIRY}/letters/check", files={"file": ("l.pdf", data)})
        sent += 1
        until.wait(1)
    return sent


@register_attack(
    "8 hostile uploads at once beside inquiries", "each inquiry answered; p95 at most twice that without them"
)
def upload_beside_inquiries(target: Target, size: Size) -> Outcome:
    tally = target.start_tally()
    serial, stream = target.holder.letter["serial"], Stream(target)
    kibibytes = size.pick(700, 1350)
    shapes = [build_bomb_file(serial, message) for message in build_bombs(kibibytes * KIBIBYTE).values()]
    count, uploads = size.pick(6, 200), size.pick(2, 8)
    alone = stream.ask(count)
    if any(status != 200 for status, _, _ in alone):
        raise AttackVoid("an inquiry is not answered without them")
    ended = threading.Event()
    with ThreadPoolExecutor(uploads) as threads:
        sending = [
            threads.submit(upload, target, shapes[number % len(shapes)], ended) for number in range(uploads)
        ]
        time.sleep(1)
        beside = stream.ask(count)
        ended.set()
        sent = sum(one.result() for one in sending)
    for status, code, seconds in beside:
        tally.add(f"{status} {code} after {seconds:.1f} s", is_hit=status != 200)
    before, after = (compute_percentile([one[-1] for one in some], 0.95) for some in (alone, beside))
    if size.is_full:
        tally.add("p95", is_hit=after > MOST_SLOWER * before)
    return tally.summarise(f"p95 {before * 1000:.0f} ms, beside {sent} uploads {after * 1000:.0f} ms")
