"""A browser for attacks on the portal: cookies, forms with hidden words, redirects. No attack is here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from tests.attack.target import Person, Target, create_transport


@dataclass
class PageForm:
    """A form as it stands on a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in {"input", "textarea", "select"} and self.forms and given.get("name"):
            is_unchosen = given.get("type") in {"radio", "checkbox"} and "checked" not in given
            if given.get("type") not in {"submit", "file"} and not is_unchosen:
                self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))


def find_posted_forms(page: httpx.Response) -> list[PageForm]:
    """Return every form that is sent by POST, with the whole path it is sent to."""
    parser = _Forms()
    parser.feed(page.text)
    posted = [form for form in parser.forms if form.method == "post"]
    for form in posted:
        form.action = urlsplit(urljoin(str(page.url), form.action)).path + (
            f"?{urlsplit(str(page.url)).query}" if not form.action and page.url.query else ""
        )
    return posted


class Browser:
    """One reader with cookies of his own."""

    def __init__(self, target: Target, address: str | None = None) -> None:
        self.target = target
        transport = create_transport(address or target.take_address())
        self.http = httpx.Client(
            base_url=target.system.base_url, timeout=60, transport=transport, follow_redirects=True
        )

    def open(self, path: str) -> httpx.Response:
        """Return a page, after its redirects."""
        return self.http.get(path)

    def submit(
        self,
        page: httpx.Response,
        fields: dict[str, str],
        fits: Callable[[PageForm], bool] | None = None,
        *,
        follow: bool = True,
    ) -> httpx.Response:
        """Send the form of a page that has all these fields, or that fits."""
        chosen = fits or (lambda form: fields.keys() <= form.fields.keys())
        form = next((one for one in find_posted_forms(page) if chosen(one)), None)
        assert form, f"no form with {', '.join(fields)} at {page.url.path}: {page.status_code}"
        return self.http.post(form.action, data={**form.fields, **fields}, follow_redirects=follow)

    def sign_in(self, door: str, credentials: dict[str, str], *, follow: bool = True) -> httpx.Response:
        """Sign in at a door: "" for citizens, institution, officer."""
        page = self.open(f"{door}/sign-in")
        return self.submit(page, credentials, follow=follow)

    def sign_in_citizen(self, person: Person) -> httpx.Response:
        """Sign a person in."""
        return self.sign_in("", person.credentials)
