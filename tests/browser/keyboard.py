"""Going through pages with the Tab, Enter and Space keys alone."""

from dataclasses import dataclass

from tests.browser.pages import Portal

MOST_TABS = 120
# The words on a link, button or label; a field may have one before it.
FOCUSED = """one => [one.getAttribute("aria-label"), one.labels?.[0]?.innerText, one.innerText]
  .filter(Boolean).map(words => words.replace(/\\s+/g, " ").trim())"""
VISIBLE = "one => getComputedStyle(one).outlineStyle != 'none' || getComputedStyle(one).boxShadow != 'none'"


@dataclass(frozen=True)
class Keyboard:
    """Somebody who has no mouse, and must see where they are."""

    portal: Portal

    def reach(self, name: str) -> None:
        """Go to what bears that name. Raises AssertionError when it is not reached or not seen to be."""
        wanted = self.portal.said(name)
        focused = self.portal.page.locator(":focus")
        for _ in range(MOST_TABS):
            self.portal.page.keyboard.press("Tab")
            if focused.count() and wanted in focused.evaluate(FOCUSED):
                assert focused.evaluate(VISIBLE), f"it is not seen that {name} is focused"
                return
        raise AssertionError(f"{name} cannot be reached")

    def write(self, name: str, text: str) -> None:
        self.reach(name)
        self.portal.page.keyboard.type(text)

    def press(self, name: str) -> None:
        """Press a button, or follow a link, to the next page."""
        self.reach(name)
        with self.portal.page.expect_navigation():
            self.portal.page.keyboard.press("Enter")

    def choose(self, name: str) -> None:
        """Tick a box."""
        self.reach(name)
        self.portal.page.keyboard.press("Space")
