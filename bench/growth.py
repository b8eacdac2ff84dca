"""What the records of a country cost: bytes and log a row, and the pages that a cold statement reads.

The database is filled by SQL with thirty years of lists of ten, as imports leave them: a person's months lie
far apart. All but the last year are closed by the command. PostgreSQL has the settings of compose.yaml.
"""

import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg
import sqlalchemy as sa
import yaml
from rich.console import Console

from bench.bulk import pack, run_to_end, upload_archive
from bench.filling import FIRST, IN_A_LIST, LAST, fill
from bench.importing import LISTS, upload
from bench.service import Service, lend_records
from bench.table import Comparison, print_rows
from services.kit.db import Sessions
from services.kit.jalali import JalaliMonth
from services.records.actions.years import close_year
from services.records.lists.encodings import Encoding
from services.records.lists.findings import ListFile
from services.records.lists.writers import build_header, write_list
from services.records.models import ImportedList, Person
from services.records.store.contributions import add_contributions, fetch_listed_months
from tests import servers
from tests.fakes.lists import MARYAM

READ, IMPORTED_ROWS, IMPORTED_LISTS = 8, 200_000, 300
PAGES, LOG_BYTES = 60, 400
ROOT = Path(__file__).resolve().parent.parent

# By kind of relation, the pages in the cache that are leaves of an index or belong to a table.
CACHED = """
SELECT relkind::text, count(*) FROM pg_buffercache JOIN pg_class
    ON pg_class.relfilenode = pg_buffercache.relfilenode AND relnamespace = 'public'::regnamespace
WHERE reldatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relforknumber = 0
    AND (relkind = 'r' OR relkind = 'i' AND relblocknumber > 0 AND relam = 403
        AND (bt_page_stats(relname, relblocknumber::int)).type IN ('l', 'r')
        AND (bt_page_stats(relname, relblocknumber::int)).btpo_level = 0)
GROUP BY relkind
"""


@dataclass(frozen=True)
class Server:
    """A PostgreSQL that can be restarted, so that nothing is in its cache."""

    directory: Path
    url: str

    def restart(self) -> None:
        _run_pg_ctl(self.directory, "restart", "-l", str(self.directory / "log"))


def _run_pg_ctl(directory: Path, *action: str) -> None:
    program = servers.find_postgresql_programs() / "pg_ctl"
    command = [str(program), "-D", str(directory / "data"), "-m", "fast", "-w", "-s", *action]
    subprocess.run(command, check=True, user=servers.find_unprivileged_user(), cwd=directory)


def read_settings() -> Mapping[str, str]:
    """Return the settings that PostgreSQL has in compose.yaml."""
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    words = [word.removeprefix("-c") for word in compose["services"]["postgres"]["command"][1:]]
    return {"listen_addresses": "", **dict(word.split("=", 1) for word in words)}


@contextmanager
def open_server() -> Iterator[Server]:
    """Run a new PostgreSQL with the settings of compose.yaml."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        with servers.postgresql(directory, read_settings()) as address:
            server = Server(directory, address.format(name="bench"))
            with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE bench")
            try:
                yield server
            finally:
                _run_pg_ctl(directory, "stop")


def run(console: Console, rows: int) -> Sequence[Comparison]:
    """Fill, close, read cold and import; print the figures, return them beside their goals."""
    people = rows // ((LAST - FIRST + 1) * 12) // IN_A_LIST * IN_A_LIST
    with open_server() as server, lend_records(server.url) as service:
        filled = fill(service, people)
        sessions, engine = service.sessions, service.engine
        begun = time.perf_counter()
        for year in range(FIRST, LAST):
            close_year(engine, sessions, year)
        closed = time.perf_counter() - begun
        sizes = _measure_sizes(service)
        pages, milliseconds = _read_cold(service, server, people)
        service.database.execute("VACUUM (ANALYZE)")
        service.database.execute("CHECKPOINT")
        log_of_rows = _measure_log(service, lambda: _add_rows(sessions, people))
        log_of_lists, log_of_import = _measure_log_of_lists(service, people)
    count = people * 12 * (LAST - FIRST + 1)
    print_rows(
        console,
        f"{count:,} contributions of {people:,} people in {LAST - FIRST + 1} years",
        ("", "figure"),
        [
            ("seconds to fill, to close", f"{filled:,.0f}, {closed:,.0f}"),
            *((name, f"{size / count:,.1f} bytes a row") for name, size in sizes.items()),
            ("cold statement: leaves and table pages, mean, worst", f"{pages[0]:.1f}, {pages[1]}"),
            ("cold statement: milliseconds, median", f"{milliseconds:.1f}"),
            (
                f"log of {IMPORTED_ROWS:,} rows after a checkpoint",
                f"{log_of_rows / IMPORTED_ROWS:,.0f} bytes a row",
            ),
            (
                "log of whole lists after that, through the API",
                f"{log_of_lists / IMPORTED_LISTS / IN_A_LIST:,.0f} bytes a row",
            ),
            (
                "log of whole lists after that, by the importer",
                f"{log_of_import / IMPORTED_LISTS / IN_A_LIST:,.0f} bytes a row",
            ),
        ],
    )
    return [
        Comparison("growth", "pages of a cold statement, worst", pages[1], PAGES, "pages", 1.0),
        Comparison("growth", "log of a row", log_of_rows / IMPORTED_ROWS, LOG_BYTES, "bytes", 1.0),
        Comparison(
            "growth",
            "log of a row, with its list",
            log_of_lists / IMPORTED_LISTS / IN_A_LIST,
            LOG_BYTES,
            "bytes",
            1.0,
        ),
        Comparison(
            "growth",
            "log of a row, with its list, by the importer",
            log_of_import / IMPORTED_LISTS / IN_A_LIST,
            LOG_BYTES,
            "bytes",
            1.0,
        ),
    ]


def _measure_sizes(service: Service) -> Mapping[str, int]:
    rows = service.database.execute(
        "SELECT CASE WHEN relname ~ '^contributions.*_(key|cover)' THEN 'contributions: index of a person'"
        " WHEN relname ~ '^contributions.*_idx' THEN 'contributions: index of a list'"
        " WHEN relname ~ '^contributions' THEN 'contributions: table' ELSE 'lists: table and indexes' END"
        " AS kind,"
        " sum(pg_relation_size(oid)) FROM pg_class WHERE relname ~ '^contributions|^(uq_|ix_|pk_)?lists'"
        " AND relkind IN ('r', 'i') GROUP BY kind ORDER BY kind"
    )
    return {kind: int(size) for kind, size in rows.fetchall()}


def _read_cold(service: Service, server: Server, people: int) -> tuple[tuple[float, int], float]:
    """Return the pages of the mean and of the worst statement, and the median of their milliseconds."""
    pages, times = [], []
    for position in random.Random(1).sample(range(1, people + 1), READ):
        server.restart()
        service.reconnect()
        with service.sessions() as session:
            person = session.get_one(Person, position)
            begun = time.perf_counter()
            months = fetch_listed_months(session, person)
            times.append((time.perf_counter() - begun) * 1000)
        assert len(months) == 12 * (LAST - FIRST + 1)
        pages.append(sum(count for _, count in service.database.execute(CACHED).fetchall()))
    return (statistics.mean(pages), max(pages)), statistics.median(times)


def _measure_log(service: Service, work: Callable[[], object]) -> int:
    """Return the bytes of log that work writes."""
    [[begun]] = service.database.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
    work()
    query = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)"
    [[written]] = service.database.execute(query, [begun]).fetchall()
    return int(written)


def _measure_log_of_lists(service: Service, people: int) -> tuple[int, int]:
    """Return the bytes of log of lists of ten: one by one through the API, and as an archive by workers.

    Not in it is what the archive itself takes: it is in the object store.
    """
    with tempfile.TemporaryDirectory() as directory:
        single, bulk = (_write_lists(service, people, number, Path(directory)) for number in ("2", "3"))
        import_id = upload_archive(service, pack(bulk))
        return (
            _measure_log(service, lambda: _import_lists(service, single)),
            _measure_log(service, lambda: run_to_end(service, import_id, len(bulk))),
        )


def _add_rows(sessions: Sessions, people: int) -> None:
    """Add rows to the open year, ten a list, of people in any order."""
    order = random.Random(2)
    with sessions() as session:
        lists = session.scalars(
            sa.select(ImportedList).order_by(ImportedList.position.desc()).limit(IMPORTED_ROWS // IN_A_LIST)
        ).all()
    for number, imported in enumerate(lists):
        with sessions.begin() as session:
            add_contributions(
                session,
                imported,
                [
                    {
                        "person_position": position,
                        # Beside the lists there are: of these, each person is in one already.
                        "list_position": 10**9 + number,
                        "row": row,
                        "stated": 511,
                        "days": 30,
                        "wage": 98_000_000,
                        "premium": 6_860_000,
                        "gross": 110_000_000,
                        "job_title": "کارگر ساده تولید",
                        "job_code": "012345",
                        "start_date": None,
                        "leave_date": None,
                    }
                    for row, position in enumerate(order.sample(range(1, people + 1), IN_A_LIST), 1)
                ],
            )


def _import_lists(service: Service, paths: Sequence[Path]) -> None:
    for path in paths:
        headers, body = upload(path)
        answer = service.client.post(LISTS, headers=service.mint_officer() | headers, data=body)
        assert answer.status_code == 201, answer.text


def _write_lists(service: Service, people: int, number: str, directory: Path) -> Sequence[Path]:
    """Return the directories of lists of ten people who are known, all with this list number."""
    order = random.Random(number)
    paths = []
    for workshop in range(1, IMPORTED_LISTS + 1):
        chosen = order.sample(range(1, people + 1), IN_A_LIST)
        rows = service.database.execute(
            "SELECT national_code, insurance_number, id_number FROM people WHERE position = ANY(%s)",
            [chosen],
        ).fetchall()
        workers = [
            replace(MARYAM, row=row, national_code=code, insurance_number=insurance, id_number=id_number,
                    start_date=None, birth_date=date(1981, 5, 1))
            for row, (code, insurance, id_number) in enumerate(rows, 1)
        ]  # fmt: skip
        header = build_header(
            workshop_code=f"{workshop:010d}", workshop_name=f"کارگاه نمونه {workshop}", employer="",
            address="تهران", month=JalaliMonth(LAST, 12), list_number=number, rows=workers,
        )  # fmt: skip
        paths.append(directory / number / f"{workshop:06}")
        paths[-1].mkdir(parents=True)
        for name, content in zip(ListFile, write_list(header, workers, Encoding.CP1256), strict=True):
            (paths[-1] / name).write_bytes(content)
    return paths
