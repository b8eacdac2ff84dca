"""«خدمات سابقه», «مشاهده سوابق» and «ریز دستمزدها»: what the lists say, and what they do not."""

import re

import pytest

from gateway.portal.pages.record_picture import build_years, parse_year
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.long_record import set_long_record
from tests.service.gateway.portal.record import BAKERY, DETAILED, ME, ROWS, build_row, read_text, set_record


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    """Somebody with a record, signed in."""
    set_record(services, ROWS)
    person.sign_in()
    return person


def read_cells(person: Person, path: str) -> list[tuple[str, str]]:
    """Return the picture's months: class and figure."""
    page = person.read(path)
    cells = re.findall(r'<td class="((?:full|part|zero|gap|outside)[^"]*)">(.*?)</td>', page, re.DOTALL)
    return [(state, re.sub("<[^>]+>", "", words).strip()) for state, words in cells]


def test_menu_is_the_familiar_one(citizen: Person) -> None:
    page = citizen.read("/record")
    named = ["مشاهده سوابق", "ریز دستمزدها", "اعتراض به سوابق", "اعلام سابقه به موسسات"]
    assert re.findall(r"<li><a[^>]*>([^<]*)</a><span>", page) == named
    assert "بیمه‌شدگان" in page
    assert "تامین اجتماعی من" in citizen.read("/insured")


def test_picture_distinguishes_states_of_months(citizen: Person) -> None:
    first, second = read_cells(citizen, "/record/months")[:12], read_cells(citizen, "/record/months")[12:]
    assert [state for state, _ in first] == ["outside"] * 11 + ["full"]
    # Concurrent workshops count no more days than the month has.
    assert second[0] == ("full", "۳۱")
    assert second[1][0] == "zero disputed"
    assert second[1][1].split() == ["۰", "مورد", "اعتراض"]
    assert [state for state, _ in second[2:6]] == ["gap", "gap", "part-1", "outside"]
    assert second[2][1] == "—بی‌لیست"


def test_totals_gaps_and_corrections_are_described(citizen: Person) -> None:
    words = read_text(citizen, "/record/months")
    assert "۶۸ روز سابقه" in words
    assert "۲ ماه و ۸ روز، در ۲ کارگاه، از اسفند ۱۴۰۲ تا مرداد ۱۴۰۳" in words
    assert "از خرداد ۱۴۰۳ تا تیر ۱۴۰۳ لیستی نیست." in words
    assert "اسفند ۱۴۰۲، کارگاه نمونه، بر پایه اعتراض ۵۱۸۲۰۳۷۴۶۱۹۵" in words
    page = citizen.read("/record/months")
    assert "/record/objections/missing?start=1403-03&amp;end=1403-04" in page


def test_a_workshop_and_years_can_be_chosen(citizen: Person) -> None:
    assert len(read_cells(citizen, "/record/months?from=1403&to=1403")) == 12
    of_bakery = read_cells(citizen, f"/record/months?workshop={BAKERY}&from=&to=")
    # The disputed month stays in the picture, though this workshop has nothing in that month.
    assert [state for state, _ in of_bakery[:6]] == [
        "full",
        "gap disputed",
        "gap",
        "gap",
        "part-1",
        "outside",
    ]
    assert "تنها کارگاه نانوایی حسینی" in read_text(citizen, f"/record/months?workshop={BAKERY}")


def test_years_without_the_chosen_workshop_are_explained(citizen: Person, services: Services) -> None:
    set_record(services, [build_row("1402-12", 29), build_row("1404-01", 31, BAKERY)])
    path = f"/record/months?workshop={BAKERY}&to=1402"
    assert read_cells(citizen, path) == []
    assert "در این سال‌ها لیستی از این کارگاه نیست." in read_text(citizen, path)


@pytest.mark.parametrize(
    "query", ["workshop=none", "from=abc&to=-1", "from=1200", "to=۱۴۰۳", "from=1403&from=x"]
)
def test_invalid_choice_is_ignored(citizen: Person, query: str) -> None:
    assert len(read_cells(citizen, f"/record/months?{query}")) in {12, 24}


def test_reversed_years_are_rejected_beside_their_field(citizen: Person) -> None:
    page = citizen.read("/record/months?from=1403&to=1402")
    assert page.count("سال آغاز پس از سال پایان است") == 2
    assert 'aria-describedby="to-error"' in page
    assert read_cells(citizen, "/record/months?from=1403&to=1402") == []


def find_open_years(person: Person, path: str) -> list[str]:
    """Return the years that a page opens of itself."""
    return re.findall(r'<details open>\s*<summary><span class="year">([۰-۹]+)', person.read(path))


def test_wages_open_the_last_year_and_sum_every_year(citizen: Person) -> None:
    assert find_open_years(citizen, "/record/wages") == ["۱۴۰۳"]
    words = read_text(citizen, "/record/wages")
    assert "۱۴۰۲ (۲) ۱٬۰۰۰٬۰۰۰" in words
    assert "جمع سال ۱۴۰۳ ۴۹ ۵٬۵۰۰٬۰۰۰" in words
    assert "۶٬۵۰۰٬۰۰۰ ریال" in words
    # What all rows of a workshop have in common is said once.
    assert "نانوایی حسینی کد ۰۰۹۹۰۰۰۰۰۲ لیست ۰۱ فروردین ۳۱" in words
    assert "کارگاه نمونه کد ۰۰۹۹۰۰۰۰۰۱ لیست ۰۱ فروشنده فروردین ۱۰" in words


def test_wages_of_one_workshop_and_of_all_years(citizen: Person) -> None:
    assert "جمع سال ۱۴۰۳ ۳۹ ۳٬۵۰۰٬۰۰۰" in read_text(citizen, f"/record/wages?workshop={BAKERY}")
    assert find_open_years(citizen, "/record/wages?year=all") == ["۱۴۰۲", "۱۴۰۳"]
    assert find_open_years(citizen, "/record/wages?year=1402") == ["۱۴۰۲"]
    for nonsense in ("year=1300", "year=x", "workshop=x&year=۱۴۰۳"):
        assert find_open_years(citizen, f"/record/wages?{nonsense}") == ["۱۴۰۳"]


def test_warnings_of_one_kind_are_one_line_that_leads_to_workshop_and_year(
    person: Person, services: Services
) -> None:
    set_long_record(services)
    person.sign_in()
    page = person.read("/record/months")
    warnings = page[page.index("note warning") : page.index('id="years"')]
    assert re.findall("<summary>([^<]*)</summary>", warnings) == ["۱۳۱ ماه با لیست‌های هم‌زمان"]
    assert "از اردیبهشت ۱۳۹۷ تا اردیبهشت ۱۳۹۸ لیستی نیست." in warnings
    links = re.findall('href="(/record/objections/days[^"]*)"', warnings)
    assert "/record/objections/days/year?workshop=0056789012&amp;year=1384" in links
    assert len(links) == len(set(links))


def test_person_without_a_record_gets_instructions(person: Person, services: Services) -> None:
    set_record(services, [])
    person.sign_in()
    assert "اعتراض به دوره جاافتاده" in read_text(person, "/record/months")
    assert "هنوز لیستی با نام شما دریافت نشده است." in read_text(person, "/record/wages")


def test_unavailable_records_leave_the_menu(citizen: Person, services: Services) -> None:
    del services.handlers["GET", ME]
    answer = citizen.get("/record/months")
    assert answer.status_code == 503
    assert "دیدن سوابق و اعتراض به آن اکنون کار نمی‌کند" in answer.text
    assert citizen.get("/record").status_code == 200


def test_each_reader_gets_the_digits_of_their_language(citizen: Person) -> None:
    assert '<span class="full" aria-hidden="true">۳۰</span>' in citizen.get("/record/months").get_data(
        as_text=True
    )
    english = citizen.read("/record/months?lang=en")
    assert '<span class="full" aria-hidden="true">30</span>' in english
    assert "Ordibehesht" in english
    assert "from Esfand 1402 (Feb–Mar 2024) to Mordad 1403 (Jul–Aug 2024)" in english
    assert "2 months and 8 days" in english


def test_anonymous_readers_are_redirected_to_the_sign_in(person: Person) -> None:
    for path in ("/insured", "/record", "/record/months", "/record/wages", "/record/objections"):
        assert person.get(path).location == "/sign-in"


def test_disputed_months_outside_the_lists_are_drawn_too() -> None:
    years = build_years([build_row("1403-01", 31)], ["1401-02"], None, None)
    assert [year.year for year in years] == [1401, 1402, 1403]
    assert [cell.state for cell in years[0].cells if cell.is_disputed] == ["outside"]
    assert build_years([], [], None, None) == []


def test_years_are_four_digits_of_any_kind() -> None:
    assert [parse_year(text) for text in ("1403", "۱۴۰۳", "١٤٠٣")] == [1403] * 3
    assert [parse_year(text) for text in ("14033", "", "²³⁴⁵", "140a")] == [None] * 4


def test_a_month_has_what_its_lists_say(citizen: Person, services: Services) -> None:
    services.set_reply("GET", f"{ME}/contributions", 200, {"items": [DETAILED], "next_cursor": None})
    text = read_text(citizen, "/record/months/1403-01")
    assert dict(services.requests[-1].url.params) | {"limit": ""} == {
        "from": "1403-01",
        "to": "1403-01",
        "limit": "",
    }
    for words in (
        "سطر ۷", "روزها ۱۰", "روزها در لیست ۸", "تاریخ شروع به کار ۲۲ فروردین ۱۴۰۳", "کد شغل ۰۰۰۴۵۱",
        "ردیف پیمان ۰۰۳", "همه لیست (ریال) ۵٬۴۰۰٬۰۰۰", "اصلاح بر پایه اعتراض ۵۱۸۲۰۳۷۴۶۱۹۵",
    ):  # fmt: skip
        assert words in text
    assert "تاریخ ترک کار" not in text
    assert 'href="/record/months/1403-01"' in citizen.read("/record/wages?year=1403")


@pytest.mark.parametrize("month", ["1403-02", "1403-13", "x"])
def test_a_month_without_rows_is_not_found(citizen: Person, services: Services, month: str) -> None:
    services.set_reply("GET", f"{ME}/contributions", 200, {"items": [], "next_cursor": None})
    assert citizen.get(f"/record/months/{month}").status_code == 404
