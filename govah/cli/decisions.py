"""The steps of the demo in which two officers decide: about a row that is held, and about a replaced list."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govah import samples
from govah.cli.tellers import Teller
from govah.local.data_directory import read_accounts
from govah.local.list_files import ListPair, find_lists
from govah_client.client import Client
from govah_client.errors import ApiError
from govah_client.lists import ListRefused
from govah_client.pages import iterate
from govah_client.proposals import Difference
from services.kit.text import group_thousands, to_persian_digits

FIELDS = {
    "person": "صاحب سطر",
    "days": "روز",
    "wage": "دستمزد مشمول",
    "gross": "جمع ناخالص",
    "premium": "حق بیمه",
}
CODES = {"person", "national_code"}
DAYS_LESS = 3


class DecisionFailed(Exception):
    """The records answered something else than the demo shows."""


@dataclass(frozen=True, slots=True)
class Officers:
    """Two officers: what the first proposes, the second confirms."""

    first: Client
    second: Client

    @classmethod
    def sign_in(cls, client: Client, data_dir: Path) -> "Officers":
        """Return the two officers of the embedded system, signed in."""
        accounts = read_accounts(data_dir)
        return cls(client.sign_in(**accounts["officer"]), client.sign_in(**accounts["second_officer"]))


def decide_held_row(
    teller: Teller, officers: Officers, tree: samples.SampleTree, person: samples.SamplePerson, folder: Path
) -> None:
    """Import a row of somebody else under a person's code, and let the officers give it to its owner."""
    owner = _find_stranger(tree, person)
    place = _find_list(tree, owner)
    with teller.step(
        "سطری که صاحبش روشن نیست",
        "a row with somebody else's code is held: it counts in nobody's record",
    ):
        samples.list_under_code(place, owner, str(person.national_code), folder)
        imported, _ = officers.first.records.upload_list(*_read_files(folder))
        [held_row] = officers.first.records.list_held_rows(list_id=imported["id"])["items"]
        stated, existing = held_row["listed"], held_row["known"]
        if existing is None:
            raise DecisionFailed("the row is held, but not because of its code")
        code = _format("national_code", existing["national_code"])
        teller.write_line(f"در سطر آمده است: {_format_name(stated)}، کد ملی {code}")
        teller.write_line(f"صاحب این کد ملی: {_format_name(existing)}")
        teller.write_line(imported["findings"][0]["message"])
    with teller.step(
        "دو کارشناس تصمیم می‌گیرند", "one officer proposes whose the row is; another confirms it"
    ):
        proposal = officers.first.records.propose_change(
            {
                "kind": "held-row",
                "target": held_row["id"],
                "change": {"action": "assign", "national_code": str(owner.national_code)},
                "reason": "کارفرما کد ملی همکار او را نوشته است؛ شماره بیمه از آن خود اوست.",
            }
        )
        teller.write_line(f"کارشناس اول پیشنهاد می‌دهد: {proposal['reason']}")
        _write_differences(teller, proposal["differences"])
        _confirm(teller, officers, proposal["id"])
        if officers.second.records.get_held_row(held_row["id"])["status"] != "assigned":
            raise DecisionFailed("the held row was not given to its owner")
        teller.write_line(f"سطر در سابقه {_format_name(stated)} شمرده می‌شود.")


def replace_list(
    teller: Teller, officers: Officers, tree: samples.SampleTree, person: samples.SamplePerson, folder: Path
) -> None:
    """Import a list again with fewer days for a person, and let the officers replace it."""
    place, contribution = _find_list_to_change(tree, person)
    with teller.step(
        "لیستی که اصلاح شده است",
        "the same list comes again with other days: refused, with what to do",
    ):
        samples.change_days(place, person, contribution.days - DAYS_LESS, folder)
        files = _read_files(folder)
        try:
            officers.first.records.upload_list(*files)
        except ListRefused as refusal:
            [finding] = refusal.findings
            teller.write_line(finding["message"])
        else:
            raise DecisionFailed("a list with other content was imported as it is")
    with teller.step(
        "دو کارشناس لیست را جایگزین می‌کنند",
        "one officer proposes the replacement; another sees each change, and confirms",
    ):
        list_id = _find_imported(officers.first, contribution)
        reason = "کارفرما سه روز غیبت را از قلم انداخته بود."
        proposal = officers.first.records.propose_list_replacement(list_id, *files, reason=reason)
        teller.write_line(f"کارشناس اول پیشنهاد می‌دهد: {proposal['reason']}")
        _write_differences(teller, proposal["differences"])
        _confirm(teller, officers, proposal["id"])
        version = officers.second.records.get_list(list_id)["version"]
        teller.write_line(
            f"نسخه {to_persian_digits(version)} لیست در سوابق است؛ فایل‌های نسخه پیشین هم نگه داشته می‌شوند."
        )


def _confirm(teller: Teller, officers: Officers, proposal_id: str) -> None:
    """Let the proposer try to confirm, who may not, and then the other officer."""
    try:
        officers.first.records.confirm_proposal(proposal_id)
    except ApiError as refusal:
        if refusal.status not in {403, 409}:
            raise
        teller.write_line("خودش نمی‌تواند آن را تایید کند.")
    else:
        raise DecisionFailed("an officer has confirmed the own proposal")
    if officers.second.records.confirm_proposal(proposal_id)["status"] != "confirmed":
        raise DecisionFailed("the other officer could not confirm the proposal")
    teller.write_line("کارشناس دوم تایید می‌کند.")


def _write_differences(teller: Teller, differences: list[Difference]) -> None:
    for one in differences:
        field = one["field"]
        old, new = one.get("old"), _format(field, one.get("new"))
        change = new if old is None else f"از {_format(field, old)} به {new}"
        row = to_persian_digits(one.get("row") or "")
        teller.write_line(f"   سطر {row}، {FIELDS.get(field, field)}: {change}")


def _format(field: str, value: Any) -> str:
    if value is None:
        return "—"
    return (
        to_persian_digits(value) if field in CODES or not isinstance(value, int) else group_thousands(value)
    )


def _format_name(person: Any) -> str:
    return f"{person.get('first_name')} {person.get('last_name')}"


def _find_stranger(tree: samples.SampleTree, person: samples.SamplePerson) -> samples.SamplePerson:
    """Return somebody with a national code and a list whose three names are all others than the person's."""
    return next(
        one
        for one in tree.people
        if one.national_code
        and one.first_name != person.first_name
        and one.last_name != person.last_name
        and one.father_name != person.father_name
        and any(contribution.list_number == "1" for contribution in one.contributions)
    )


def _find_list(tree: samples.SampleTree, person: samples.SamplePerson) -> Path:
    """Return the folder of the newest list of a person."""
    contribution = [one for one in person.contributions if one.list_number == "1"][-1]
    return _find_folder(tree, contribution)


def _find_list_to_change(
    tree: samples.SampleTree, person: samples.SamplePerson
) -> tuple[Path, samples.SampleContribution]:
    """Return the newest list with enough days of a person, and what it says of the person.

    It is of a month in which no other list has days, if there is one: so the change is seen in the totals.
    """
    lists = Counter(one.month for one in person.contributions)
    eligible = [one for one in person.contributions if one.list_number == "1" and one.days > DAYS_LESS]
    contribution = max(eligible, key=lambda one: (lists[one.month] == 1, one.month))
    return _find_folder(tree, contribution), contribution


def _find_folder(tree: samples.SampleTree, contribution: samples.SampleContribution) -> Path:
    names = (contribution.workshop_code, str(contribution.month))
    return next(path for path in tree.lists if (path.parent.name, path.name) == names)


def _find_imported(officer: Client, contribution: samples.SampleContribution) -> str:
    """Return the id of the list that says this; it is among the newest."""
    key = (contribution.workshop_code, str(contribution.month), contribution.list_number)
    for one in iterate(officer.records.list_lists):
        if (one["workshop_code"], one["month_jalali"], one["list_number"]) == key:
            return one["id"]
    raise DecisionFailed(f"the list {key} is missing")


def _read_files(folder: Path) -> tuple[bytes, bytes]:
    pair: ListPair = find_lists(folder)[0]
    return pair.header.read_bytes(), pair.workers.read_bytes()
