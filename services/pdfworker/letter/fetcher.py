"""The loader of a letter's resources: data: URLs only, nothing from disk or network. Used by `render`."""

from weasyprint.urls import URLFetcher, URLFetcherResponse


class DataOnlyFetcher(URLFetcher):  # type: ignore[misc] # WeasyPrint is untyped
    """Opens data: URLs only. Afterwards `is_denied` is true if anything else was requested.

    An exception would not stop WeasyPrint, which continues without a resource that it could not fetch.
    """

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self.is_denied = False

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of a data: URL. Raises ValueError for any other URL."""
        if not url.startswith("data:"):
            self.is_denied = True
            raise ValueError("a letter loads data: URLs only")
        return super().fetch(url, headers)
