"""How fast lists are imported through the API, compared with the floor: dbfread and a COPY of the same rows.

List by list, first one then the other, so that other load of the machine slows both.
"""

import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import FrameType

from dbfread import DBF
from rich.console import Console
from rich.table import Table
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from bench.service import Service
from bench.table import Comparison
from govah.samples import generate
from services.kit.jalali import JalaliMonth
from services.records.lists.findings import ListFile

GOAL = 4.0
LAST_MONTH = JalaliMonth(1403, 12)
SAMPLE_SECONDS = 0.002
LISTS = "/api/v1/records/lists"
# Which part of the work a file of source belongs to; the innermost frame that is in any decides.
PARTS = {
    "/records/lists/checks.py": "checking",
    "/records/lists/findings.py": "checking",
    "/records/lists/": "parsing",
    "/psycopg": "writing",
    "/sqlalchemy/": "writing",
    "/records/store/": "writing",
    "/records/actions/": "writing",
}
# What COPY writes: the columns that an import keeps of a row, with their names in the files.
KEPT = (
    "PER_NATCOD", "DSW_ID1", "DSW_FNAME", "DSW_LNAME", "DSW_DNAME", "DSW_BDATE", "DSW_SEX", "DSW_IDNO",
    "DSW_DD", "DSW_MASH", "DSW_BIME", "DSW_TOTL",
)  # fmt: skip


@dataclass
class Clock:
    """Seconds that passed, and those of them in which this process worked."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.thread_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.thread_time() - cpu


class Sampler:
    """Samples every two milliseconds which part of the import runs, and adds the time since to it."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._looked = 0.0

    @contextmanager
    def looking(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self._look)
        self._looked = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, SAMPLE_SECONDS, SAMPLE_SECONDS)
        yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        self._seconds[_find_part(frame)] += now - self._looked
        self._looked = now

    def compute_share(self, part: str) -> float:
        return self._seconds[part] / sum(self._seconds.values())


def _find_part(frame: FrameType | None) -> str:
    while frame:
        for place, part in PARTS.items():
            if place in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return "HTTP"


def invent_lists(people: int, months: int, workshops: int, directory: Path) -> Sequence[Path]:
    """Write the lists of this many people. Return the directory of each list."""
    return generate(people, months, workshops, "cp1256", 1, directory, last_month=LAST_MONTH).lists


def run(console: Console, service: Service, lists: Sequence[Path]) -> Sequence[Comparison]:
    """Import the lists; print the rates and the shares, return the ratio."""
    ours, floor, sampler = Clock(), Clock(), Sampler()
    service.database.execute(
        f"CREATE TABLE floor ({', '.join(f'{name} text' for name in KEPT[:8])},"
        f" {', '.join(f'{name} bigint' for name in KEPT[8:])})"
    )
    for path in lists:
        headers, body = upload(path)
        with sampler.looking(), ours.running():
            answer = service.client.post(LISTS, headers=service.mint_officer() | headers, data=body)
        assert answer.status_code == 201, answer.text
        with floor.running():
            _copy(service, path)
    _print(console, _count(service), len(lists), ours, floor, sampler)
    return [
        Comparison(
            "importing", "lists through the API, beside dbfread + COPY", ours.wall, floor.wall, "s", GOAL
        )
    ]


def upload(path: Path) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an upload, built outside of the measured time."""
    names = {"header": ListFile.HEADER, "workers": ListFile.WORKERS}
    parts = {part: FileStorage(BytesIO((path / name).read_bytes()), name) for part, name in names.items()}
    boundary, body = encode_multipart(parts)
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


def _copy(service: Service, path: Path) -> None:
    rows = DBF(path / ListFile.WORKERS, encoding="cp1256", load=True)
    with (
        service.database.cursor() as cursor,
        cursor.copy(f"COPY floor ({', '.join(KEPT)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([row[name] for name in KEPT])


def _count(service: Service) -> int:
    [[ours, floors]] = service.database.execute(
        "SELECT (SELECT count(*) FROM contributions), (SELECT count(*) FROM floor)"
    ).fetchall()
    assert ours == floors
    return int(ours)


def _print(console: Console, rows: int, lists: int, ours: Clock, floor: Clock, sampler: Sampler) -> None:
    table = Table(title=f"Import through the API: {rows:,} rows in {lists} lists, one worker")
    for heading in ("", "rows a second", "seconds", "of them own CPU"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, clock in (("POST /lists", ours), ("floor: dbfread + COPY", floor)):
        table.add_row(name, f"{rows / clock.wall:,.0f}", f"{clock.wall:.1f}", f"{clock.cpu:.1f}")
    console.print(table)
    shares = (
        f"{part} {sampler.compute_share(part):.0%}" for part in ("parsing", "checking", "writing", "HTTP")
    )
    console.print(f"shares of the import's time: {', '.join(shares)}\n")
