"""Going through pages with only the Tab, Enter and Space keys."""

from dataclasses import dataclass

from tests.browser.pages import Portal

MOST_TABS = 120
# The words on a link, button or label; a field may have one before it.
FOCUSED = """one => [one.getAttribute("aria-label"), one.labels?.[0]?.innerText, one.innerText]
  .filter(Boolean).map(words => words.replace(/\\s+/g, " ").trim())"""
# Whether an outline of two pixels or more (WCAG 2.4.13), or a shadow, comes with the focus and goes with it.
SEEN = """one => {
  const looks = () => {
    const {outlineStyle, outlineWidth, outlineColor, boxShadow} = getComputedStyle(one);
    const drawn = outlineStyle != "none" && parseFloat(outlineWidth) >= 2 && !/, 0\\)$/.test(outlineColor);
    return [drawn ? [outlineStyle, outlineWidth, outlineColor].join(" ") : "none", boxShadow];
  };
  const focused = looks();
  one.blur();
  const rest = looks();
  one.focus({focusVisible: true});
  return one.checkVisibility() && focused.some((look, at) => look != "none" && look != rest[at]);
}"""


@dataclass(frozen=True)
class Keyboard:
    """Somebody who has no mouse, and must see where they are."""

    portal: Portal

    def focus_element(self, name: str) -> None:
        """Focus the element of that name. Raise AssertionError if that fails or is not visible."""
        wanted = self.portal.translate(name)
        focused = self.portal.page.locator(":focus")
        for _ in range(MOST_TABS):
            self.portal.page.keyboard.press("Tab")
            if focused.count() and wanted in focused.evaluate(FOCUSED):
                assert focused.evaluate(SEEN), f"it is not seen that {name} is focused"
                return
        raise AssertionError(f"{name} cannot be reached")

    def write(self, name: str, text: str) -> None:
        self.focus_element(name)
        self.portal.page.keyboard.type(text)

    def pick(self, name: str, number: int) -> None:
        """Go down to a choice of a list, counted from one below the empty one."""
        self.focus_element(name)
        for _ in range(number):
            self.portal.page.keyboard.press("ArrowDown")

    def press(self, name: str) -> None:
        """Press a button, or follow a link, to the next page."""
        self.focus_element(name)
        with self.portal.page.expect_navigation():
            self.portal.page.keyboard.press("Enter")

    def open_menu(self) -> None:
        """Open the menu, where it is closed: on a phone."""
        if self.portal.page.locator(".ways summary").is_visible():
            self.focus_element("منو")
            self.portal.page.keyboard.press("Enter")

    def choose(self, name: str) -> None:
        """Tick a box."""
        self.focus_element(name)
        self.portal.page.keyboard.press("Space")
