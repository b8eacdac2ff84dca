"""How much longer one's own record takes when there are a hundred times as many people.

The people who are asked about are those whose lists were imported; the crowd is ballast, written by SQL.
"""

import statistics
import time
from collections.abc import Sequence
from random import Random

from rich.console import Console
from rich.table import Table

from bench.service import Service
from bench.table import Comparison
from services.kit.statement_types import StatementType
from tests.tokens import build_bearer_header, mint

GOAL = 1.5
ASKED, ROUNDS = 400, 5
MONTHS = 12
ROWS_IN_A_LIST = 1000
ME = "/api/v1/records/me"
CALLS = {
    "GET /me": ME,
    "GET /me/contributions": f"{ME}/contributions",
    **{f"statement, {kind}": f"{ME}/statement?type={kind}" for kind in StatementType},
}
# Foreign keys are right by construction, so they are not checked. The year is that of the imported lists.
CROWD = """
SET session_replication_role = replica;
CREATE TEMP TABLE crowd AS SELECT
    (SELECT max(position) FROM people) AS person,
    (SELECT max(position) FROM workshops) AS workshop,
    (SELECT max(position) FROM lists) AS list;
INSERT INTO people (position, id, national_code, insurance_number, first_name, last_name)
    SELECT person + n, gen_random_uuid(), 'C' || lpad(n::text, 9, '0'), (70000000 + n)::text, 'نام', 'نمونه'
    FROM crowd, generate_series(1, {people}) AS n;
INSERT INTO workshops (position, code, name, address, named_in)
    SELECT workshop + w, 'B' || w, 'کارگاه', 'تهران', 140312
    FROM crowd, generate_series(1, {workshops}) AS w;
INSERT INTO lists (position, id, workshop_position, month, list_number, header_sha256, workers_sha256,
        content_sha256, workers, total_days, total_wage, total_premium, findings, findings_total,
        imported_by, imported_at)
    SELECT list + (w - 1) * {months} + m, gen_random_uuid(), workshop + w, 140300 + m, '01', repeat('0', 64),
        repeat('0', 64), repeat('0', 64), {rows}, {rows} * 30, 0, 0, '[]', 0, '', now()
    FROM crowd, generate_series(1, {workshops}) AS w, generate_series(1, {months}) AS m;
INSERT INTO contributions (person_position, list_position, row, days, wage, premium, gross, month,
        workshop_position, list_number)
    SELECT person + n, list + ((n - 1) / {rows}) * {months} + m, (n - 1) % {rows} + 1, 29, 100000000, 7000000,
        110000000, 140300 + m, workshop + (n - 1) / {rows} + 1, '01'
    FROM crowd, generate_series(1, {people}) AS n, generate_series(1, {months}) AS m;
DROP TABLE crowd;
SET session_replication_role = DEFAULT;
"""


def run(console: Console, service: Service, crowd: int) -> Sequence[Comparison]:
    """Read records, add the crowd, read them again; print medians, return their ratios."""
    [[few]] = service.database.execute("SELECT count(*) FROM people").fetchall()
    tokens = _mint_tokens(service)
    service.database.execute("VACUUM ANALYZE")
    before = _measure(service, tokens)
    _add_crowd(service, crowd - few)
    after = _measure(service, tokens)
    _print(console, (few, crowd), before, after)
    return [
        Comparison(
            "records", f"{name}, {crowd:,} people beside {few:,}", after[name], before[name], "ms", GOAL
        )
        for name in CALLS
    ]


def _mint_tokens(service: Service) -> Sequence[dict[str, str]]:
    """Return the headers of some people with months in the lists."""
    ids = service.database.execute(
        "SELECT id FROM people WHERE national_code IS NOT NULL ORDER BY id"
    ).fetchall()
    chosen = Random(1).sample(ids, min(ASKED, len(ids)))
    return [
        build_bearer_header(mint("citizen", person, scopes=["self"], expires_in=24 * 3600))
        for [person] in chosen
    ]


def _add_crowd(service: Service, people: int) -> None:
    workshops = -(-people // ROWS_IN_A_LIST)
    sizes = {"people": people, "workshops": workshops, "months": MONTHS, "rows": ROWS_IN_A_LIST}
    for statement in CROWD.format(**sizes).split(";\n"):
        service.database.execute(statement)
    service.database.execute("VACUUM ANALYZE")


def _measure(service: Service, tokens: Sequence[dict[str, str]]) -> dict[str, float]:
    """Milliseconds of each call: the best of some rounds, since what else the machine does only adds."""
    rounds = [
        {name: _measure_call(service, path, tokens) for name, path in CALLS.items()} for _ in range(ROUNDS)
    ]
    return {name: min(one[name] for one in rounds) for name in CALLS}


def _measure_call(service: Service, path: str, tokens: Sequence[dict[str, str]]) -> float:
    """Return the median time of a call, each for another person; the first few warm up."""
    times = []
    for headers in tokens:
        begun = time.perf_counter()
        answer = service.client.get(path, headers=headers)
        times.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
    return statistics.median(times[len(times) // 10 :]) * 1000


def _print(
    console: Console, people: tuple[int, int], before: dict[str, float], after: dict[str, float]
) -> None:
    table = Table(title=f"One's own record: median of {ASKED} people, milliseconds")
    for heading in ("", *(f"{count:,} people" for count in people)):
        table.add_column(heading, justify="right" if heading else "left")
    for name in CALLS:
        table.add_row(name, f"{before[name]:.2f}", f"{after[name]:.2f}")
    console.print(table)
