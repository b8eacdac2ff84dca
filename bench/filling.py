"""Thirty years of lists of ten, written by SQL as imports leave them, for the bench `growth`."""

import time

from bench.service import Service
from services.records.store.years import ensure_year

FIRST, LAST = 1374, 1403
IN_A_LIST = 10
# A person changes the workshop every five years.
YEARS_IN_A_WORKSHOP = 5

PEOPLE = """
INSERT INTO people (id, national_code, insurance_number, canonical_insurance_number, first_name, last_name,
        father_name, birth_date, sex, id_number)
    SELECT gen_random_uuid(), {code}, 10000000 + n, 10000000 + n, 'مریم', 'رضایی مقدم', 'علی', '1981-05-01',
        'female', n
    FROM (
        SELECT n, (n + 100000000)::text AS digits FROM generate_series(1, {people}) AS n
    ) AS one
"""
# The check digit of a national code.
CODE = (
    "digits || (SELECT CASE WHEN s % 11 < 2 THEN s % 11 ELSE 11 - s % 11 END FROM"
    " (SELECT sum(substr(digits, i, 1)::int * (11 - i)) AS s FROM generate_series(1, 9) AS i) AS sums)"
)
WORKSHOPS = """
INSERT INTO workshops (position, code, canonical_code, name, address, named_in, folded_name)
    SELECT n, lpad(n::text, 10, '0'), lpad(n::text, 10, '0'), 'کارگاه ' || n, 'تهران', 137401, 'کارگاه ' || n
    FROM generate_series(1, {workshops}) AS n
"""
# Workshops send their lists in any order. Who works with whom changes with the workshop.
YEAR = """
CREATE TEMP TABLE sent ON COMMIT DROP AS
    SELECT row_number() OVER () + {before} AS position, workshop, month FROM (
        SELECT workshop, month
        FROM generate_series(1, {workshops}) AS workshop, generate_series(1, 12) AS month
        ORDER BY month, hashint8(workshop * 12 + month)
    ) AS lists;
INSERT INTO lists (position, id, workshop_position, month, list_number, canonical_number, header_sha256,
        workers_sha256, content_sha256, workers, total_days, total_wage, total_premium, findings,
        findings_total, imported_by, imported_at)
    SELECT position, gen_random_uuid(), workshop, {year} * 100 + month, '1', '1',
        md5(position::text) || md5('h'), md5(position::text) || md5('w'), md5(position::text) || md5('c'), 10,
        300, 980000000, 68600000, '[]', 0, '00000000-0000-4000-8000-00000000000a', now()
    FROM sent ORDER BY position;
INSERT INTO contributions (person_position, list_position, row, month, days, wage, premium, gross,
        workshop_position, list_number, job_title, job_code, stated)
    SELECT 1 + (({workshops} - workshop) * 10 + row) * {stride}::bigint % {people}, position, row,
        {year} * 100 + month, 30, 98000000, 6860000, 110000000, workshop, '1', 'کارگر ساده تولید',
        '012345', 511
    FROM sent, generate_series(1, 10) AS row ORDER BY position, row
"""
# Primes: each is a different order of the people.
STRIDES = (7_919, 104_729, 1_299_709, 15_485_863, 32_452_843, 49_979_687)


def fill(service: Service, people: int) -> float:
    """Return the seconds that it took to add people, their workshops and lists, and their months."""
    begun = time.perf_counter()
    database, workshops = service.database, people // IN_A_LIST
    database.execute(PEOPLE.format(people=people, code=CODE))
    database.execute(WORKSHOPS.format(workshops=workshops))
    sessions = service.sessions
    for number, year in enumerate(range(FIRST, LAST + 1)):
        with sessions() as session:
            ensure_year(session, year)
        stride = STRIDES[number // YEARS_IN_A_WORKSHOP]
        before = number * workshops * 12
        sizes = {"people": people, "workshops": workshops, "year": year, "stride": stride, "before": before}
        database.execute(YEAR.format(**sizes))
    for table in ("lists", "workshops"):
        database.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'position'), max(position)) FROM {table}"
        )
    database.execute("VACUUM (ANALYZE)")
    database.execute("CREATE EXTENSION pg_buffercache")
    database.execute("CREATE EXTENSION pageinspect")
    return time.perf_counter() - begun
