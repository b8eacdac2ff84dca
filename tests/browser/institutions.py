"""What a clerk does at the institutions' panel and at «اصالت‌سنجی نامه», by the words on the screen."""

from dataclasses import dataclass
from pathlib import Path

from tests.browser.pages import Portal

PANEL = "پنل مخصوص دستگاه‌های دولتی و مراجع استعلامات رسمی"


@dataclass(frozen=True)
class Panel:
    """From the foot of the first page to an answer."""

    portal: Portal

    def open(self) -> None:
        self.portal.open("/")
        self.portal.follow(PANEL)

    def sign_in(self) -> None:
        clerk = self.portal.system.demo["institution"]["clerk"]
        self.open()
        self.portal.follow("ورود موسسه")
        self.portal.fill("نام کاربری", clerk["username"])
        self.portal.fill("گذرواژه", clerk["password"])
        self.portal.press("ورود")

    def inquire(self, national_code: str, code: str, purpose: str = "") -> None:
        self.portal.open("/institution/inquiry")
        self.portal.fill("شناسه (کد ملی متقاضی)", national_code)
        self.portal.fill("کد رمز", code)
        self.portal.fill("برای چه کاری؟ (اختیاری)", purpose)
        self.portal.press("استعلام")

    def inquire_insured(self, insurance_number: str, code: str, purpose: str = "") -> None:
        """Inquire about a person without a national code."""
        self.portal.open("/institution/inquiry")
        self.portal.page.get_by_text(self.portal.translate("متقاضی کد ملی ندارد؟"), exact=True).click()
        self.portal.fill("شماره بیمه", insurance_number)
        self.portal.fill("کد رمز", code)
        self.portal.fill("برای چه کاری؟ (اختیاری)", purpose)
        self.portal.press("استعلام")

    def save(self, link: str) -> bytes:
        """Return what the browser saves when that link is followed."""
        with self.portal.page.expect_download() as download:
            self.portal.follow(link)
        return Path(download.value.path()).read_bytes()


@dataclass(frozen=True)
class LetterCheck:
    """«اصالت‌سنجی نامه»."""

    portal: Portal

    def open(self) -> None:
        self.portal.open("/")
        self.portal.follow("اصالت‌سنجی نامه")

    def choose(self, content: bytes, name: str = "letter.pdf") -> None:
        self.portal.page.get_by_label(
            self.portal.translate("فایل PDF، اسکن یا عکس نامه"), exact=True
        ).set_input_files({"name": name, "mimeType": "application/pdf", "buffer": content})

    def check_file(self, content: bytes) -> None:
        self.open()
        self.choose(content)
        self.portal.press("بررسی فایل")

    def check_code(self, text: str) -> None:
        self.open()
        self.portal.fill("متن رمزینه", text)
        self.portal.press("نمایش مشخصات رمزینه")

    def compare(self, typed: str) -> None:
        self.portal.fill("کد ملی یا نام و نام خانوادگی روی نامه", typed)
        self.portal.press("مقایسه با رمزینه")

    def check_serial(self, serial: str) -> None:
        self.open()
        self.portal.fill("شماره سریال", serial)
        self.portal.press("بررسی شماره سریال")

    def drop(self, content: str, padding: int = 0) -> None:
        """Drop a file beside its field, with a number of zero bytes after its content."""
        dragged = self.portal.page.evaluate_handle(
            """([content, padding]) => {
              const dragged = new DataTransfer();
              const parts = [content, new Uint8Array(padding)];
              dragged.items.add(new File(parts, "letter.pdf", {type: "application/pdf"}));
              return dragged;
            }""",
            [content, padding],
        )
        self.portal.page.dispatch_event(".drop-hint", "drop", {"dataTransfer": dragged})
