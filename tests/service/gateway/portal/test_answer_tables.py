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
