"""What a page asks for and complains of while a test looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

# The browser's own line about a refused request, which a test of a refusal provokes.
REFUSED = re.compile(r"Failed to load resource: .* status of 4\d\d")


@dataclass(slots=True)
class Watch:
    """What a page asked for and complained of."""

    site: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """The requests that left this service."""
        own = (f"{self.site}/", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]

    def faults(self) -> list[str]:
        """Errors, and whatever the policy of the page has stopped."""
        return [text for text in self.complaints if not REFUSED.search(text)]

    def note(self, kind: str, text: str) -> None:
        """Keep what the console calls an error or a warning."""
        if kind in ("error", "warning"):
            self.complaints.append(text)


Visit = Callable[..., Page]
