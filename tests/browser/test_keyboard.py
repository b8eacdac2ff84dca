"""A citizen's whole way by keyboard alone: an account, the record, a letter, its code, and out again."""

import secrets

from playwright.sync_api import expect

from tests.browser.conftest import READERS, Reader
from tests.browser.keyboard import Keyboard
from tests.browser.letters import Letters
from tests.browser.pages import Portal
from tests.e2e.client import Stranger
from tests.e2e.other_lists import Month, Worker, generate_national_code

BIRTH_DATE, PASSWORD = "1360-05-15", "گذرواژه بلند و تازه ۱۴۰۳"


def add_insured_person(portal: Portal) -> str:
    """Import a list of a new person, born on BIRTH_DATE. Return the national code."""
    code = generate_national_code()
    insured = Worker(code, "علی", "محمدی", code[:8], 30, 3_000_000, birth_date=BIRTH_DATE.replace("-", ""))
    imported = (
        Stranger(portal.system).sign_in_officer().import_list(Month(code, 1402, 7, [insured]).build_files())
    )
    assert imported.status_code == 201, imported.text
    return code


def test_registration_works_by_keyboard(portal: Portal) -> None:
    code, mobile = add_insured_person(portal), f"0912{secrets.randbelow(10**7):07}"
    year, month, day = BIRTH_DATE.split("-")
    keys = Keyboard(portal)
    keys.press("ثبت‌نام")
    keys.press("ارسال کد فعال‌سازی")
    portal.expect_mistakes(3)
    keys.write("کد ملی", code)
    keys.write("روز", day)
    keys.pick("ماه", int(month))
    keys.write("سال", year)
    keys.write("شماره همراه", mobile)
    keys.press("ارسال کد فعال‌سازی")
    portal.expect_heading("فعال‌سازی حساب")
    keys.write("کد فعال‌سازی", Stranger(portal.system).wait_for_code(mobile, "activation-code"))
    keys.write("گذرواژه", PASSWORD)
    keys.press("فعال‌سازی")
    portal.expect_heading("ورود به سامانه")
    expect(portal.page.get_by_role("status")).to_have_count(1)
    keys.write("کد ملی (نام کاربری)", code)
    keys.write("گذرواژه", PASSWORD)
    keys.press("ورود به سامانه")
    portal.expect_heading("تامین اجتماعی من")


def test_a_citizen_goes_all_the_way_by_keyboard(portal: Portal, reader: Reader) -> None:
    number = READERS.index(reader) % 3
    person, keys = portal.system.demo["citizens"][number], Keyboard(portal)
    keys.press("ورود به سامانه")
    keys.write("کد ملی (نام کاربری)", person["national_code"])
    keys.write("گذرواژه", person["password"])
    keys.press("ورود به سامانه")
    portal.expect_heading("تامین اجتماعی من")
    keys.open_menu()
    keys.press("خدمات سابقه")
    keys.press("مشاهده سوابق")
    portal.expect_heading("مشاهده سوابق")
    keys.open_menu()
    keys.press("خدمات سابقه")
    keys.press("اعلام سابقه به موسسات")
    keys.choose("کلیه سوابق")
    keys.press("ارسال به صندوق شخصی")
    keys.press("موافقم")
    Letters(portal, number).wait_until_ready()
    keys.press("رویت مکاتبه")
    keys.press("صدور مجوز استعلام")
    keys.press("صدور مجوز استعلام")
    assert len(Letters(portal, number).code) == 16
    keys.press("کد را یادداشت کردم")
    keys.press("لغو مجوز استعلام")
    keys.press("لغو مجوز استعلام")
    keys.press("خروج")
    assert portal.page.get_by_role("status").inner_text() == portal.translate("از سامانه خارج شدید.")
