"""Media types, releases and languages: what a request says of itself and asks for.

Pure functions over header texts. Sources: RFC 9110 sections 8.3 and 12.5;
http://hl7.org/fhir/R4/http.html#mime-type and #version-parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message

from service.errors import InvalidParameter, NotAcceptable, UnsupportedMediaType

FHIR_JSON, PLAIN_JSON = "application/fhir+json", "application/json"
FHIR_NDJSON = "application/fhir+ndjson"
JSON, NDJSON = "json", "ndjson"
READ = {
    FHIR_JSON: JSON,
    PLAIN_JSON: JSON,
    FHIR_NDJSON: NDJSON,
    "application/x-ndjson": NDJSON,
    "application/ndjson": NDJSON,
}
RELEASES = {
    "4.0": "4.0",
    "4.0.1": "4.0",
    "4.3": "4.3",
    "4.3.0": "4.3",
    "5.0": "5.0",
    "5.0.0": "5.0",
}
ANSWERED = "4.0"
FHIR_TYPES = (FHIR_JSON, PLAIN_JSON)
# A report as PROV-O and the ontology's own terms; this is not FHIR's own RDF.
RDF_TYPES = (
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
)
# The short names that `_format` has beside the media types.
SHORT_FORMATS = {"json": FHIR_JSON, "text/json": FHIR_JSON}
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Body:
    """How the body is to be read: its kind (json, ndjson) and its FHIR release."""

    kind: str
    release: str


@dataclass(frozen=True, slots=True)
class Range:
    """One member of an Accept header: the range, its parameters and its quality."""

    name: str
    parameters: dict[str, str]
    quality: float


def read_content_type(content_type: str, content_encoding: str = "") -> Body:
    """What the body claims to be; UnsupportedMediaType lists what is read."""
    if content_encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType("Send the body without a Content-Encoding.")
    name, parameters = split_type(content_type)
    if name not in READ or "," in content_type:
        raise UnsupportedMediaType(f"Content-Type must be one of {', '.join(READ)}.")
    check_charset(parameters)
    release = parameters.get("fhirversion", ANSWERED)
    if release not in RELEASES:
        raise UnsupportedMediaType("fhirVersion of the body must be 4.0, 4.3 or 5.0.")
    return Body(READ[name], RELEASES[release])


def check_charset(parameters: Mapping[str, str]) -> None:
    """Refuse a body that by the parameters of its media type is not UTF-8."""
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("The charset of the body must be utf-8.")


def split_type(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, names in lower case.

    >>> split_type('Application/FHIR+json; charset="UTF-8"')
    ('application/fhir+json', {'charset': 'UTF-8'})

    Raises UnsupportedMediaType when one parameter is given twice.
    """
    message = Message()
    message["Content-Type"] = text.replace("\n", " ").replace("\r", " ")
    pairs = message.get_params(failobj=[("", "")])
    (name, _), *rest = pairs
    parameters = {key.lower(): value.strip() for key, value in rest}
    if len(parameters) < len(rest):
        raise UnsupportedMediaType("Give each parameter of the media type once.")
    return name.strip().lower(), parameters


def choose_type(
    accept: str,
    format_parameter: str | None = None,
    offers: Sequence[str] = FHIR_TYPES,
) -> str:
    """The media type of the answer; `_format` counts more than Accept.

    Of equal wishes the first of `offers` is met. Raises NotAcceptable with the list
    when nothing that is asked for can be given; answers are R4 whatever came in.
    """
    if format_parameter is not None:
        # A plus sign that was not escaped arrives as a space.
        wanted = format_parameter.replace(" ", "+", 1).strip().lower()
        accept = SHORT_FORMATS.get(wanted, wanted) or "none"
    chosen = choose(accept, offers)
    if not chosen:
        others = ", ".join(offer for offer in offers if offer not in FHIR_TYPES)
        also = f", or as RDF {others}" if others else ""
        raise NotAcceptable(
            f"Answers are {FHIR_JSON} or {PLAIN_JSON}, of FHIR {ANSWERED} (R4){also}."
        )
    return chosen


def choose(accept: str, offers: Sequence[str]) -> str:
    """The offer that the client likes most, of equal ones the first.

    Empty when it accepts none.
    """
    ranges = tuple(read_accept(accept or "*/*"))
    best = max(offers, key=lambda offer: quality_of(offer, ranges))
    return best if quality_of(best, ranges) > 0 else ""


def read_accept(accept: str) -> Iterator[Range]:
    """The members of an Accept header, those that cannot be read left out."""
    for member in accept.split(","):
        if not member.strip():
            continue
        try:
            name, parameters = split_type(member)
            quality = float(parameters.pop("q", "1"))
        except (UnsupportedMediaType, ValueError):
            continue
        if 0 <= quality <= 1:
            yield Range(name, parameters, quality)


def quality_of(offer: str, ranges: Sequence[Range]) -> float:
    """The quality that the most specific matching range gives an offer."""
    names = (offer, f"{offer.split('/', maxsplit=1)[0]}/*", "*/*")
    for name in names:
        found = [
            item.quality
            for item in ranges
            if item.name == name
            and RELEASES.get(item.parameters.get("fhirversion", ANSWERED)) == ANSWERED
        ]
        if found:
            return max(found)
    return 0.0


def choose_language(parameter: str | None, accept_language: str = "") -> str:
    """`en` or `fr`: `_language` decides, else Accept-Language, else English.

    Raises InvalidParameter for a `_language` in which no text exists; a header is a
    wish, and one that cannot be met is passed over.
    """
    if parameter is not None:
        language = parameter.strip().lower().split("-")[0]
        if language not in LANGUAGES:
            raise InvalidParameter(f"_language must be {' or '.join(LANGUAGES)}.")
        return language
    wishes = [
        (item.quality, item.name.split("-")[0]) for item in read_accept(accept_language)
    ]
    wishes.sort(key=lambda wish: -wish[0])
    for quality, language in wishes:
        if quality > 0 and language in LANGUAGES:
            return language
    return LANGUAGES[0]


def is_strict(prefer: Sequence[str]) -> bool:
    """Whether Prefer asks for `handling=strict`; other preferences are passed over.

    Raises InvalidParameter when strict and lenient are both asked for.
    """
    members = ",".join(prefer).replace(";", ",").split(",")
    wanted = {member.replace(" ", "").replace('"', "").lower() for member in members}
    if {"handling=strict", "handling=lenient"} <= wanted:
        raise InvalidParameter("Prefer names both handling=strict and lenient.")
    return "handling=strict" in wanted
