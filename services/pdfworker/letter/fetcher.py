"""What a letter may load while it is laid out: data: URLs, nothing from disk or network. Used by `render`."""

from weasyprint.urls import URLFetcher, URLFetcherResponse


class DataOnlyFetcher(URLFetcher):  # type: ignore[misc] # WeasyPrint is untyped
    """Opens data: URLs alone; `denied` tells afterwards whether anything else was asked for.

    It tells rather than raises, because WeasyPrint draws on without what it could not fetch.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self.denied = False

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of a data: URL; raises ValueError for every other."""
        if not url.startswith("data:"):
            self.denied = True
            raise ValueError("a letter loads data: URLs only")
        return super().fetch(url, headers)
