"""Changes of an invented town's records, each decided by two officers, in an order that dice choose."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.e2e.other_lists import Worker, build_national_code
from tests.service.records.other_ledger import (
    UNNAMED,
    Decision,
    ListKey,
    YearMonth,
    count_month_days,
    format_month,
    list_months,
    spread,
)
from tests.service.records.other_records import OtherRecords
from tests.service.records.other_town import STRANGE, Citizen, Sheet

# The number of the lists with rows that are held.
HELD_LIST = 50
Change = Callable[[], None]


@dataclass(frozen=True)
class HeldCase:
    """A list all of whose rows are held, and the person for whom each of them is to count."""

    action: str
    list_id: str
    key: ListKey
    rows: Sequence[Worker]
    owners: Sequence[str]
    has_birth_date: bool


@dataclass
class Changes:
    """The changes of one town. A person takes part in one objection or identity change at most."""

    records: OtherRecords
    used: set[str] = field(default_factory=set)
    cases: list[HeldCase] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def choose(self, *, has_code: bool = True, months: int = 3) -> str:
        """Return a person of the ledger who is in no change yet."""
        doubles = {one.key for pair in self.records.town.doubles for one in pair}
        eligible = [
            key
            for key in sorted(self.records.identities)
            if key not in self.used | doubles
            and bool(self.records.identities[key]["national_code"]) == has_code
            and len({place.month for place, _ in self.records.ledger.list_entries(key)}) >= months
        ]
        person = self.records.dice.choice(eligible)
        self.used.add(person)
        return person

    def import_held(self, times: int) -> None:
        """Import lists whose rows are all held, for each way to decide about them."""
        actions = ("same-person", "assign", "reject", "assign-new", "shared", "shared-reject")
        for at in range(times):
            action = actions[at % len(actions)]
            key, rows, owners = self._invent_held(action, at)
            sheet = Sheet(key, {str(place): row for place, row in enumerate(rows)})
            document = self.records.import_sheet(sheet, counts=False)
            has_birth_date = document["dialect"].has_birth_date
            self.cases.append(HeldCase(action, document["id"], key, rows, owners, has_birth_date))

    def _invent_held(self, action: str, at: int) -> tuple[ListKey, list[Worker], list[str]]:
        dice, town = self.records.dice, self.records.town
        key = ListKey(dice.choice(sorted(town.workshops)), dice.choice(town.months), HELD_LIST + at)
        person, other = self.choose(), self.choose()
        citizen, another = town.people[person], town.people[other]
        figures = (dice.randint(0, 9), 3_000_000, dice.randrange(10**6), "کارگر")
        first_name, last_name, father_name = STRANGE[at % len(STRANGE)]
        stranger = replace(
            citizen, first_name=first_name, last_name=last_name, father_name=father_name, insurance_number=""
        )
        if action in {"same-person", "reject"}:
            return key, [stranger.build_worker(*figures)], [person]
        if action == "assign":
            mistaken = replace(another, national_code=citizen.national_code)
            mistaken = replace(stranger, insurance_number=mistaken.insurance_number)
            return key, [mistaken.build_worker(*figures)], [other]
        if action == "assign-new":
            code = build_national_code(f"{990_000_000 + at}")
            new = replace(stranger, national_code=code, insurance_number=citizen.insurance_number)
            return key, [new.build_worker(*figures)], [code]
        number = str(80_000_000 + at)
        pair = [replace(one, insurance_number=number) for one in (citizen, another)]
        return key, [one.build_worker(*figures) for one in pair], [person, other]

    def list_changes(self, times: int) -> Iterator[Change]:
        """Yield this many changes in a random order."""
        kinds = [
            self.correct, self.object_to_days, self.replace_list, self.merge, self.accept_period,
            self.withdraw_list, self.accept_codeless_period, self.correct_code, self.object_in_vain,
            self.import_again,
        ]  # fmt: skip
        changes: list[Change] = [lambda case=case: self.decide_held(case) for case in self.cases]  # type: ignore[misc]
        changes += [kinds[at % len(kinds)] for at in range(times - len(changes))]
        self.records.dice.shuffle(changes)
        yield from changes

    def decide_held(self, case: HeldCase) -> None:
        """Decide about the rows of a list that are held: one by one, or all of them."""
        self.made.append(f"held-row {case.action}")
        records = self.records
        rows = records.officers.list_held(f"status=held&list_id={case.list_id}")
        assert len(rows) == len(case.rows)
        if case.action in {"reject", "shared-reject"}:
            records.officers.decide("held-row", case.list_id, {"action": "reject"})
            return
        if case.action in {"same-person", "shared"}:
            records.officers.decide("held-row", case.list_id, {"action": "same-person"})
        else:
            change = {"action": "assign", "national_code": case.owners[0]}
            records.officers.decide("held-row", rows[0]["id"], change)
        entries = records.ledger.lists.setdefault(case.key, {})
        records.ledger.names[case.key.workshop] = records.town.workshops[case.key.workshop]
        for owner, worker in zip(case.owners, case.rows, strict=True):
            entries[records.find_key(owner)] = Sheet(case.key, {owner: worker}).list_entries()[owner]
            if owner not in records.identities and case.action == "assign-new":
                names = ["national_code", "first_name", "last_name", "father_name", "sex"]
                names += ["birth_date"] if case.has_birth_date else []
                records.identities[owner] = {name: getattr(worker, name) for name in names}
                records.load_ids()

    def correct(self) -> None:
        """Correct one field of a person."""
        name, value = self.records.dice.choice(
            [
                ("first_name", "نام‌آور"), ("last_name", "اصلاحی"), ("father_name", "رمضان"),
                ("birth_date", "13520229"), ("insurance_number", str(90_000_000 + len(self.made))),
            ]
        )  # fmt: skip
        person = self.choose()
        self.made.append(f"correction {name}")
        self.records.correct(person, name, value)

    def correct_code(self) -> None:
        """Give a national code to somebody without one."""
        person = self.choose(has_code=False, months=1)
        self.made.append("correction national_code")
        self.records.correct(person, "national_code", build_national_code(f"{880_000_000 + len(self.made)}"))

    def merge(self) -> None:
        """Merge the two records of one person, if there are any left."""
        for foreigner, citizen in self.records.town.doubles:
            if {foreigner.key, citizen.key} <= self.records.identities.keys():
                self.made.append("merger")
                self.records.merge(foreigner, citizen)
                return
        self.correct()

    def replace_list(self) -> None:
        """Replace a list: other days and wages, somebody less and somebody more."""
        dice = self.records.dice
        old = self.records.sheets[
            dice.choice([key for key, sheet in self.records.sheets.items() if len(sheet.rows) > 2])
        ]
        rows = dict(old.rows)
        del rows[dice.choice(sorted(rows))]
        for person in dice.sample(sorted(rows), len(rows) // 2 + 1):
            days = dice.randint(0, count_month_days(old.key.month))
            rows[person] = replace(
                rows[person], days=days, benefits=dice.randrange(10**6), job_title="نگهبان"
            )
        in_list = {self.records.find_key(person) for person in rows}
        newcomers = [
            one
            for one in self.records.town.people.values()
            if one.key in self.records.identities and one.key not in in_list
        ]
        newcomer: Citizen = dice.choice(newcomers)
        rows[newcomer.key] = newcomer.build_worker(5, 2_500_000, 0, "راننده")
        self.made.append("list replaced")
        self.records.replace(Sheet(old.key, rows))

    def withdraw_list(self) -> None:
        """Withdraw a list."""
        self.made.append("list withdrawn")
        self.records.withdraw(self.records.dice.choice(sorted(self.records.sheets)))

    def import_again(self) -> None:
        """Withdraw a list and import its number with other content."""
        key = self.records.dice.choice(sorted(self.records.sheets))
        rows = {
            person: replace(worker, days=worker.days // 2)
            for person, worker in self.records.sheets[key].rows.items()
        }
        self.records.withdraw(key)
        self.made.append("list withdrawn and imported again")
        self.records.import_sheet(Sheet(key, rows))

    def object_to_days(self) -> None:
        """Accept other days for some months in a workshop."""
        person = self.choose()
        places = sorted({(line.month, line.workshop) for line in self.records.ledger.list_lines(person)})
        chosen = self.records.dice.sample(places, min(3, len(places)))
        claims = [(*place, self.records.dice.randint(0, count_month_days(place[0]))) for place in chosen]
        objection = self.records.submit(person, build_days_objection(claims))
        self.records.decide(objection["id"], accept=True)
        self.made.append("objection to days")
        recorded = self._sum_days(person)
        for month, workshop, days in claims:
            if recorded[month, workshop] != days:
                self._enter(person, objection, month, workshop, days)

    def _sum_days(self, person: str) -> dict[tuple[YearMonth, str], int]:
        days: dict[tuple[YearMonth, str], int] = {}
        for line in self.records.ledger.list_lines(person):
            days[line.month, line.workshop] = days.get((line.month, line.workshop), 0) + line.days
        return days

    def object_in_vain(self) -> None:
        """Reject an objection, withdraw one, and leave one open."""
        for fate in ("rejected", "withdrawn", "open"):
            person = self.choose()
            (month, workshop), *_ = self._sum_days(person)
            objection = self.records.submit(person, build_days_objection([(month, workshop, 1)]))
            if fate == "rejected":
                self.records.decide(objection["id"], accept=False)
            elif fate == "withdrawn":
                self.records.call_as(person, "POST", f"{OBJECTIONS}/{objection['id']}/withdrawal")
            else:
                self.records.ledger.disputed[person] = {month}
        self.made.append("objections rejected, withdrawn, open")

    def accept_period(self) -> None:
        """Accept a missing period of a known workshop, for which a list comes later: the decision stays."""
        person, workshop = self._choose_absent()
        shares = self._accept_period(person, workshop)
        self.made.append("missing period")
        self._list_later(person, workshop, min(shares))

    def accept_codeless_period(self) -> None:
        """Accept a missing period without a code, find the code later, and import a month's list."""
        person, workshop = self._choose_absent()
        shares = self._accept_period(person, None)
        self.made.append("missing period without a code")
        if self.records.dice.random() < 0.3:
            return
        decisions = [one for one in self.records.ledger.decisions if one.person == person]
        months = sorted(shares)
        before, after = self.records.dice.sample(months, 2)
        self._list_later(person, workshop, before)
        self.records.assign_workshop(self.objection_ids[person], workshop)
        for decision in decisions:
            if decision.workshop == UNNAMED:
                decision.assigned = workshop
        self._list_later(person, workshop, after)

    objection_ids: dict[str, str] = field(default_factory=dict)

    def _choose_absent(self) -> tuple[str, str]:
        """Return a person, and a workshop in which that person has never been."""
        while True:
            person = self.choose()
            places = {key.workshop for key, _ in self.records.ledger.list_entries(person)}
            if absent := sorted(self.records.town.workshops.keys() - places):
                return person, self.records.dice.choice(absent)

    def _accept_period(self, person: str, workshop: str | None) -> dict[YearMonth, int]:
        """Return the days by month of an accepted period, which ends on the 15th of the last month."""
        dice, months = self.records.dice, self.records.town.months
        start = dice.randrange(len(months) - 4)
        period = list_months(months[start], months[start + dice.randint(2, 3)])
        lengths = [*(count_month_days(month) for month in period[:-1]), 15]
        days = sum(lengths) - dice.randint(0, 20)
        name = "کارگاه فراموش‌شده"
        body = {
            "kind": "missing-period",
            "workshop_name": name,
            "workshop_code": workshop,
            "city": "یزد",
            "start_jalali": f"{format_month(period[0])}-01",
            "end_jalali": f"{format_month(period[-1])}-15",
            "days": days,
            "text": "کارفرما لیست نداده است.",
        }
        objection = self.records.submit(person, body)
        self.records.decide(objection["id"], accept=True)
        self.objection_ids[person] = objection["id"]
        shares = dict(zip(period, spread(days, lengths), strict=True))
        for month, share in shares.items():
            self._enter(person, objection, month, workshop or UNNAMED, share, name)
        return shares

    def _list_later(self, person: str, workshop: str, month: YearMonth) -> None:
        """Import a supplementary list with other days of a person in a workshop."""
        number = 1 + max(
            [key.number for key in self.records.list_ids if key[:2] == (workshop, month)], default=0
        )
        worker = self.records.town.people[person].build_worker(7, 2_100_000, 0, "کارگر")
        self.records.import_sheet(Sheet(ListKey(workshop, month, number), {person: worker}))

    def _enter(
        self,
        person: str,
        objection: dict[str, str],
        month: YearMonth,
        workshop: str,
        days: int,
        name: str = "",
    ) -> None:
        decision = Decision(person, month, workshop, days, objection["tracking_number"], name)
        self.records.ledger.decisions.append(decision)


OBJECTIONS = "/api/v1/records/me/objections"


def build_days_objection(claims: Sequence[tuple[YearMonth, str, int]]) -> dict[str, object]:
    """Return an objection that claims days of months in workshops."""
    return {
        "kind": "days",
        "text": "روزها درست نیست.",
        "months": [
            {"month_jalali": format_month(month), "workshop_code": workshop, "days": days}
            for month, workshop, days in claims
        ],
    }
