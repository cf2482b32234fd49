"""HTTP of the pages: headers, languages, conditional requests."""

from __future__ import annotations

from flask import Response, request

from service.errors import InvalidParameter
from service.media import choose_language
from service.routes import VARY

# Pages run no script and load nothing from elsewhere.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
LANGUAGE_NAMES = ("lang", "_language")
# Any page of others may read it: there is nothing here but public knowledge.
CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*"}


def html_response(
    text: str, language: str, policy: str = PAGE_POLICY, status: int = 200
) -> Response:
    """A page in one language; browsers ask each time whether theirs is still right."""
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = policy
    if status == 200:  # noqa: PLR2004  # an error is nothing to keep
        response.add_etag()
    return revalidated(response)


def revalidated(response: Response) -> Response:
    """The answer, or 304 for a client that has it already."""
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = VARY
    response.make_conditional(request)
    return response


def asked_language() -> tuple[str, bool]:
    """The language of the page, and whether its address says so.

    Raises InvalidParameter for a language without texts, or two at a time.
    """
    given = {value for name in LANGUAGE_NAMES for value in request.args.getlist(name)}
    if len(given) > 1:
        raise InvalidParameter("Ask for one language: lang=en or lang=fr.")
    wanted = next(iter(given), None)
    header = request.headers.get("Accept-Language", "")
    return choose_language(wanted, header), wanted is not None
