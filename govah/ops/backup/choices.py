"""What an operator may choose in a restore without the journal of endings. Standard library only."""

from enum import StrEnum

MISSING = """{reason}.
Without the journal, permits that were revoked since the backup open again, and so do closed accounts and
replaced passwords. Bring it to its place (GOVAH_ENDINGS_URL), or choose:
  suspend: every permit waits until its owner resumes it, and everybody signs in again;
  accept: what people and officers have ended since lives again.
دفتر پایان‌های این پشتیبان در دسترس یا کامل نیست. بدون آن، مجوزهایی که پس از پشتیبان‌گیری لغو شده‌اند دوباره باز
می‌شوند؛ حساب‌های بسته و گذرواژه‌های پیشین هم دوباره معتبر می‌شوند. دفتر را به جای خود برگردانید یا انتخاب کنید:
  suspend: هر مجوز تا تایید صاحبش متوقف می‌ماند و همه دوباره وارد می‌شوند؛
  accept: آنچه از آن زمان پایان یافته بود دوباره معتبر می‌شود."""


class Choice(StrEnum):
    """What happens in a restore without the journal.

    SUSPEND pauses every permit until its owner resumes it, and ends every session. ACCEPT changes nothing:
    what ended since the backup lives again.
    """

    SUSPEND = "suspend"
    ACCEPT = "accept"
