"""The tables of an answer: years, workshops and sums, in every version of the statement."""

import re

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.inquiries import (
    ANSWER,
    FORM,
    INQUIRIES,
    TYPED,
    build_reply,
    build_statement,
)

SMALL = '<small class="noted">({})</small>'


def test_each_workshop_has_its_years_and_its_sum(person: Person, answered: Services) -> None:
    statement = build_statement()
    [first] = statement["tables"]["all"]["workshops"]
    year = {"year": 1402, "months": [30] + [None] * 9 + [0, 29], "total_days": 59}
    second = {"workshop_code": "-", "workshop_name": "کارگاه آشنا", "years": [year], "total_days": 59}
    statement["tables"]["all"] = {"workshops": [first, second], "total_days": 59}
    reply = build_reply() | {"statement": statement}
    reply["objections"][0]["months"] = ["1402-01", "1402-02"]
    answered.set_reply("POST", INQUIRIES, 200, reply)
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    table = page[page.index('id="table-all"') : page.index('id="table-wages"')]
    words = " ".join(re.sub("<[^>]+>", " ", table).split())
    assert "جمع کل ۵۹ روز (۱ ماه و ۲۹ روز)" in words
    assert "کارگاه روزها &lt;صنایع چوب&gt; کد ۰۸۹۵۲۳۷۶۵۵ ۲۹ کارگاه آشنا بدون کد کارگاه ۵۹" in words
    # Two lists of Esfand: the year counts its days once.
    assert "۱۴۰۲ (۱) (۲) ۵۹ روز" in words
    # A month is disputed where it has a list, or everywhere if no workshop has one.
    assert re.findall(r'class="disputed">(.) ?[۰-۹]?', table) == ["—", "۳", "—"]
    assert 'scope="rowgroup"' in table
    assert "از این رو جمع کل از مجموع کارگاه‌ها کمتر است" in page
    assert "نجار" in page


def test_an_answer_of_the_first_version_has_one_table_of_all_workshops(
    person: Person, answered: Services
) -> None:
    """Permits for letters of earlier releases stay readable."""
    answered.set_reply("POST", INQUIRIES, 200, build_reply() | {"statement": build_statement(1)})
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    assert "جمع هر کارگاه" not in page
    assert page.count('<span class="year">۱۴۰۲') == 3
    table = page[page.index('id="table-all"') : page.index('id="table-wages"')]
    assert 'scope="rowgroup"' not in table
    assert '<td class="sum">۲۹</td></tr>' in table


def test_each_objection_has_its_own_mark(person: Person, answered: Services) -> None:
    """Two workshops without a code, each of an objection of its own."""
    statement, numbers = build_statement(), ("1234567890128", "2234567890125")
    months = [[30] + [None] * 11, [None, 20] + [None] * 10]
    unnamed = [
        {
            "workshop_code": "-",
            "workshop_name": name,
            "years": [{"year": 1402, "months": one, "total_days": 30 - 10 * at}],
            "total_days": 30 - 10 * at,
        }
        for at, (name, one) in enumerate(zip(("کارگاه یک", "کارگاه دو"), months, strict=True))
    ]
    statement["tables"]["all"] = {"workshops": unnamed, "total_days": 50}
    [row] = statement["tables"]["wages"]["rows"]
    statement["tables"]["wages"]["rows"] = [
        {**row, "workshop_code": "-", "workshop_name": one["workshop_name"], "month_jalali": f"1402-0{at}"}
        for at, one in enumerate(unnamed, 1)
    ]
    statement["corrections"] = [
        {"month_jalali": f"1402-0{at}", "workshop_code": "-", "tracking_number": number}
        for at, number in enumerate(numbers, 1)
    ]
    answered.set_reply("POST", INQUIRIES, 200, build_reply() | {"statement": statement})
    person.send(FORM, **TYPED)
    page = person.read(ANSWER)
    table, wages = (
        page[page.index('id="table-all"') : page.index('id="table-wages"')],
        page.split("of-wages")[1],
    )
    first, second = (part.split("</tbody>")[0] for part in table.split('class="workshop"')[1:])
    assert ("۳۰ " + SMALL.format("۲") in first, SMALL.format("۳") in first) == (True, False)
    assert ("۲۰ " + SMALL.format("۳") in second, SMALL.format("۲") in second) == (True, False)
    assert wages.count('scope="rowgroup"') == 2
    notes = re.sub("<[^>]+>", "", page.split('class="footnotes"')[1])
    assert "(۲) این رقم بر اساس تصمیم درباره اعتراض ۱۲۳۴۵۶۷۸۹۰۱۲۸" in notes
    assert "(۳) این رقم بر اساس تصمیم درباره اعتراض ۲۲۳۴۵۶۷۸۹۰۱۲۵" in notes
