"""A citizen's whole way by keyboard alone: in, the record, a letter, its code, and out again."""

from tests.browser.conftest import READERS, Reader
from tests.browser.keyboard import Keyboard
from tests.browser.letters import Letters
from tests.browser.pages import Portal


def test_a_citizen_goes_all_the_way_by_keyboard(portal: Portal, reader: Reader) -> None:
    number = READERS.index(reader) % 3
    person, keys = portal.system.demo["citizens"][number], Keyboard(portal)
    keys.press("ورود به سامانه")
    keys.write("کد ملی (نام کاربری)", person["national_code"])
    keys.write("گذرواژه", person["password"])
    keys.press("ورود به سامانه")
    assert portal.on("تامین اجتماعی من")
    keys.press("خدمات سابقه")
    keys.press("مشاهده سوابق")
    assert portal.on("مشاهده سوابق")
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
    assert portal.page.get_by_role("status").inner_text() == portal.said("از سامانه خارج شدید.")
