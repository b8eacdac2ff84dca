"""The steps of the demo: what an officer, a citizen and an institution do, printed as it happens."""

import hashlib
import secrets
import time
from datetime import datetime
from pathlib import Path

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from govah import samples
from govah.cli.decisions import Officers, decide_held_row, replace_list
from govah.cli.lists import OUTCOMES, show_findings, upload
from govah.cli.tellers import Teller, format_seconds
from govah.local.data_directory import letter_trust_file
from govah.local.list_files import find_lists
from govah.local.seeding import draw_account, find_last_complete_month, register_citizen
from govah_client.client import Client
from govah_client.disclosure import Letter
from govah_client.pages import iterate
from govah_verify.letters import NotProved, verify_file
from govah_verify.trust import load_trust
from services.kit.jalali import TEHRAN, format_long_date, to_tehran_date
from services.kit.statement_types import StatementType
from services.kit.text import group_thousands, to_persian_digits

PEOPLE, MONTHS, WORKSHOPS = 40, 18, 4
LETTER_SECONDS = 90
STATES = {"queued": "در صف تهیه", "rendering": "در حال تهیه", "ready": "آماده", "failed": "ناموفق"}
RESULTS = {"genuine": "اصیل و معتبر"}
VIEWS = {"answered": "پاسخ داده شد"}


class LetterNotReady(Exception):
    """The letter failed or did not come in time."""


def walk(teller: Teller, client: Client, data_dir: Path) -> Path:
    """Go the whole way once with new invented people. Return where the letter was saved."""
    directory = data_dir / "demo" / f"lists-{int(time.time())}"
    officers = Officers.sign_in(client, data_dir)
    tree = _import_lists(teller, officers.first, directory)
    person = _choose_person(tree)
    decide_held_row(teller, officers, tree, person, directory / "late")
    replace_list(teller, officers, tree, person, directory / "again")
    citizen = _register(teller, client, data_dir, person)
    _look_at_record(teller, citizen)
    letter, path = _get_letter(teller, citizen, data_dir)
    code = _issue_permit(teller, citizen, letter)
    _inquire(teller, client, person, code, path)
    _list_views(teller, citizen)
    _prove_offline(teller, data_dir, path)
    return path


def _import_lists(teller: Teller, officer: Client, directory: Path) -> samples.SampleTree:
    with teller.step(
        "لیست‌های ماهانه کارفرمایان", "employers' monthly lists: genuine dBase files in both encodings"
    ):
        tree = samples.generate(
            people=PEOPLE,
            months=MONTHS,
            workshops=WORKSHOPS,
            encoding="mixed",
            seed=secrets.randbits(32),
            directory=directory,
            last_month=find_last_complete_month(),
        )
        pairs = find_lists(directory)
        teller.write_line(f"{to_persian_digits(len(pairs))} لیست، {to_persian_digits(len(tree.people))} نفر")
        teller.write_line(f"[dim]{directory}[/]")
    with teller.step("کارشناس لیست‌ها را وارد می‌کند", "an officer imports them"):
        outcomes, findings = upload(teller.console, officer, pairs)
        for outcome, count in outcomes.items():
            teller.write_line(f"{OUTCOMES[outcome].fa}: {to_persian_digits(count)}")
        show_findings(teller.console, findings, most=5)
    return tree


def _choose_person(tree: samples.SampleTree) -> samples.SamplePerson:
    """Return the person with the longest record of those who can have an account."""
    return max(tree.people, key=lambda person: (person.national_code is not None, len(person.contributions)))


def _register(teller: Teller, client: Client, data_dir: Path, person: samples.SamplePerson) -> Client:
    with teller.step(
        "ثبت‌نام", "registration: national code, birth date and mobile; a code comes to the mobile"
    ):
        account = draw_account(person)
        register_citizen(client, data_dir, account)
        teller.write_line(f"کد ملی: {to_persian_digits(str(person.national_code))}")
        teller.write_line("کد فعال‌سازی به تلفن همراه رسید و حساب فعال شد.")
    with teller.step("ورود به سامانه", "sign-in"):
        return client.sign_in(national_code=account["national_code"], password=account["password"])


def _look_at_record(teller: Teller, citizen: Client) -> None:
    with teller.step("مشاهده سوابق", "the record, month by month"):
        statement = citizen.records.get_my_statement("consolidated")
        summary = statement["summary"]
        duration = summary["duration"]
        teller.write_line(
            f"{group_thousands(summary['total_days'])} روز سابقه "
            f"({to_persian_digits(duration['years'])} سال و {to_persian_digits(duration['months'])} ماه و "
            f"{to_persian_digits(duration['days'])} روز) "
            f"در {to_persian_digits(summary['workshop_count'])} کارگاه"
        )
        table = Table("سال", *(to_persian_digits(month) for month in range(1, 13)), "روز")
        for year in statement["tables"]["consolidated"]["years"]:
            months = ("—" if days is None else to_persian_digits(days) for days in year["months"])
            table.add_row(to_persian_digits(year["year"]), *months, to_persian_digits(year["total_days"]))
        teller.console.print(table)


def _get_letter(teller: Teller, citizen: Client, data_dir: Path) -> tuple[Letter, Path]:
    with teller.step(
        "اعلام سابقه به موسسات", "a letter is asked for, with the agreement; the queue carries it"
    ):
        agreement = citizen.disclosure.get_agreement()
        teller.write_line(f"موافقتنامه، نسخه {to_persian_digits(agreement['version'])}: موافقم")
        request = citizen.disclosure.create_request(list(StatementType), agreement["version"])
        letter_id = _wait_for_letter(teller, citizen, request["id"])
    with teller.step("صندوق شخصی من", "the letter is in the inbox"):
        letter = citizen.disclosure.get_letter(letter_id)
        document = citizen.disclosure.download_letter(letter_id)
        path = data_dir / "demo" / "letter.pdf"
        path.write_bytes(document)
        teller.write_line(f"شماره سریال: {to_persian_digits(letter['serial'])}")
        teller.write_line(f"{to_persian_digits(letter['pages'])} صفحه، {group_thousands(len(document))} بایت")
        teller.write_line(f"[dim]چکیده (SHA-256): {letter['sha256']}[/]")
    return letter, path


def _wait_for_letter(teller: Teller, citizen: Client, request_id: str) -> str:
    began, state = time.monotonic(), ""
    with Live(Spinner("dots"), console=teller.console, transient=True) as live:
        while time.monotonic() - began < LETTER_SECONDS:
            request = citizen.disclosure.get_request(request_id)
            if request["status"] != state:
                state = request["status"]
                live.console.print(f"   {STATES[state]} [dim]{format_seconds(time.monotonic() - began)}[/]")
            if state == "ready":
                return str(request["letter_id"])
            if state == "failed":
                raise LetterNotReady(request["failure"]["message"] if request["failure"] else "failed")
            time.sleep(0.1)
    raise LetterNotReady(f"the letter was not ready within {LETTER_SECONDS} seconds")


def _issue_permit(teller: Teller, citizen: Client, letter: Letter) -> str:
    with teller.step("صدور مجوز استعلام", "a permit for a month; the secret code is shown once"):
        permit = citizen.inquiry.create_permit(letter["id"], 30)
        teller.write_line(f"کد رمز: [bold]{permit['code']}[/]")
        teller.write_line(f"تا {_format_moment(permit['expires_at'])}")
        return str(permit["code"])


def _inquire(teller: Teller, client: Client, person: samples.SamplePerson, code: str, letter: Path) -> None:
    with teller.step("استعلام سند", "an institution enters national code and secret code"):
        answer = client.inquiry.create_inquiry(str(person.national_code), code, purpose="وام مسکن")
        applicant, summary = answer["person"], answer["statement"]["summary"]
        teller.write_line(f"متقاضی: {applicant['first_name']} {applicant['last_name']}")
        teller.write_line(f"{group_thousands(summary['total_days'])} روز سابقه")
        document = client.transport.download(answer["document_url"])
        same = hashlib.sha256(document).digest() == hashlib.sha256(letter.read_bytes()).digest()
        if not same:
            raise LetterNotReady("the institution's file is not the citizen's letter")
        checked = client.inquiry.check_letter(document)
        teller.write_line("فایل موسسه همان نامه صندوق شخصی است.")
        teller.write_line(f"اصالت‌سنجی نامه: {RESULTS.get(checked['result'], checked['result'])}")


def _list_views(teller: Teller, citizen: Client) -> None:
    with teller.step("چه کسی نامه را دیده است؟", "the citizen sees every look"):
        permit = citizen.inquiry.list_permits()["items"][0]
        for view in iterate(citizen.inquiry.list_views, permit["id"]):
            name = view.get("institution")
            institution = "با فرم استعلام" if name == "by form" else name
            parts = [institution, view["purpose"], VIEWS.get(view["result"], view["result"])]
            teller.write_line(" · ".join([_format_moment(view["time"]), *filter(None, parts)]))


def _prove_offline(teller: Teller, data_dir: Path, letter: Path) -> None:
    with teller.step("بررسی نامه بدون شبکه", "offline: all it takes is the organisation's public key"):
        data, trust = letter.read_bytes(), load_trust(letter_trust_file(data_dir))
        teller.write_line(
            f"اصیل است: نامه شماره {to_persian_digits(verify_file(data, trust).claims.serial)}."
        )
        changed = bytearray(data)
        changed[len(data) // 2] ^= 1
        try:
            verify_file(bytes(changed), trust)
        except NotProved as refused:
            teller.write_line(f"با تغییر یک بیت از آن: {refused.reason.fa}")
        else:
            raise LetterNotReady("a letter that was changed is taken for genuine")


def _format_moment(text: str) -> str:
    """Return day and time in Iran, from an RFC 3339 text."""
    at = datetime.fromisoformat(text)
    return (
        f"{format_long_date(to_tehran_date(at))} ساعت {to_persian_digits(f'{at.astimezone(TEHRAN):%H:%M}')}"
    )
