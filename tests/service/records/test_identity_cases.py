"""Cases that people who do this job have met, each with its right value; all people are invented."""

import uuid
from dataclasses import replace

from services.kit.jalali import parse_jalali_date
from tests.fakes.lists import MARYAM, MEHR
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import read_reply
from tests.service.records.proposers import Proposers, list_codes

CODE = str(MARYAM.national_code)
WRONG, RIGHT = "1360-01-02", "1360-01-01"


def test_a_man_under_a_womans_code_waits_for_a_decision(desk: Desk) -> None:
    """Her code with another name, father and sex, without birth date and insurance number."""
    desk.import_list(write_files(MARYAM))
    man = replace(
        MARYAM,
        first_name="کامبیز",
        last_name="یوسفی",
        father_name="هوشنگ",
        sex="male",
        birth_date=None,
        insurance_number=None,
    )
    imported = desk.import_list(write_files(man, number="02"))
    assert list_codes(imported) == [("held", "DSW_LNAME", "identity-conflict")]
    assert Proposers(desk).sum_days(CODE) == 30


def test_180_million_rials_of_a_stranger_are_in_nobodys_record(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    stranger = replace(
        MARYAM,
        first_name="کیومرث",
        last_name="بیگانه",
        father_name="",
        sex=None,
        birth_date=None,
        insurance_number=None,
        daily_wage=6_000_000,
        monthly_wage=180_000_000,
        benefits=0,
        insurable=180_000_000,
        gross=180_000_000,
        premium=12_600_000,
    )
    desk.import_list(write_files(stranger, month=MEHR.add_months(1)))
    statement = Proposers(desk).read_statement(CODE)
    assert statement["tables"]["wages"]["total_wage"] == MARYAM.insurable
    assert statement["summary"]["last_month_jalali"] == str(MEHR)


def test_a_wrong_birth_date_of_the_first_list_is_corrected(desk: Desk) -> None:
    """The first list is one day off; later lists are right, and she can register once two officers agree."""
    officers = Proposers(desk)
    desk.import_list(write_files(replace(MARYAM, birth_date=parse_jalali_date(WRONG))))
    right = replace(MARYAM, birth_date=parse_jalali_date(RIGHT))
    later = desk.import_list(write_files(right, month=MEHR.add_months(1)))
    assert list_codes(later) == [("warning", "DSW_BDATE", "identity-differs")]
    assert officers.match(CODE, RIGHT) is None
    desk.import_list(write_files(right, month=MEHR.add_months(2)))
    (proposal,) = officers.list_proposals()
    read_reply(officers.confirm(proposal["id"]))
    read_reply(officers.confirm(proposal["id"], uuid.UUID(int=7)))
    assert officers.match(CODE, RIGHT) == str(desk.find_person_id(CODE))
    assert officers.match(CODE, WRONG) is None
