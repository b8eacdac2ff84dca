"""The kind of a browser, by its User-Agent: two words, with no version that would tell people apart."""

from collections.abc import Sequence

# In this order: most browsers name others too.
_BROWSERS: Sequence[tuple[str, str]] = (
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser/", "samsung"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("CriOS/", "chrome"),
    ("Chrome/", "chrome"),
    ("Safari/", "safari"),
)
_SYSTEMS: Sequence[tuple[str, str]] = (
    ("Android", "android"),
    ("iPhone", "ios"),
    ("iPad", "ios"),
    ("Windows", "windows"),
    ("Mac OS X", "macos"),
    ("CrOS", "chromeos"),
    ("Linux", "linux"),
)
OTHER = "other"
BROWSERS = (*dict.fromkeys(kind for _, kind in _BROWSERS), OTHER)
SYSTEMS = (*dict.fromkeys(kind for _, kind in _SYSTEMS), OTHER)


def describe_browser(user_agent: str) -> str:
    """Return browser and system, such as "firefox/android", with "other" for what is unknown."""
    browser = next((kind for mark, kind in _BROWSERS if mark in user_agent), OTHER)
    system = next((kind for mark, kind in _SYSTEMS if mark in user_agent), OTHER)
    return f"{browser}/{system}"


def split_browser(described: str | None) -> tuple[str | None, str | None]:
    """Return browser and system of a description, None for both where nothing was stored."""
    if not described:
        return None, None
    browser, _, system = described.partition("/")
    return browser, system
