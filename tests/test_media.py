"""Media types, releases and languages: what is read, what is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidParameter, NotAcceptable, UnsupportedMediaType
from service.media import (
    FHIR_JSON,
    PLAIN_JSON,
    Body,
    choose_language,
    choose_type,
    is_strict,
    read_content_type,
)


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        ("application/fhir+json", Body("json", "4.0")),
        ("application/json", Body("json", "4.0")),
        ('Application/FHIR+JSON; Charset="UTF-8"', Body("json", "4.0")),
        ("application/fhir+json; fhirVersion=4.0.1", Body("json", "4.0")),
        ("application/fhir+json; fhirVersion=4.3", Body("json", "4.3")),
        ("application/fhir+json;fhirVersion=5.0", Body("json", "5.0")),
        ("application/fhir+ndjson", Body("ndjson", "4.0")),
        ("application/x-ndjson", Body("ndjson", "4.0")),
    ],
)
def test_a_content_type_says_kind_and_release(sent: str, body: Body) -> None:
    """JSON and NDJSON are read, of three releases; R4 is the default."""
    assert read_content_type(sent) == body


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "text/plain",
        "application/xml",
        "application/fhir+xml",
        "application/json, application/fhir+json",
        "application/fhir+json; charset=utf-16",
        "application/fhir+json; charset=latin-1",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=4.0; fhirVersion=5.0",
        "application/fhir+json; fhirVersion=",
    ],
)
def test_what_is_not_read_is_refused(sent: str) -> None:
    """Another type, charset or release is 415, never a guess."""
    with pytest.raises(UnsupportedMediaType):
        read_content_type(sent)


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "x"])
def test_a_compressed_body_is_refused(encoding: str) -> None:
    """No compression, hence no bomb."""
    with pytest.raises(UnsupportedMediaType):
        read_content_type("application/json", encoding)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", FHIR_JSON),
        ("*/*", FHIR_JSON),
        ("application/*", FHIR_JSON),
        ("application/json", PLAIN_JSON),
        ("application/json, application/fhir+json", FHIR_JSON),
        ("application/fhir+json;q=0.1, application/json;q=0.9", PLAIN_JSON),
        ("application/fhir+json;q=0, */*;q=0.1", PLAIN_JSON),
        ("application/fhir+json; fhirVersion=4.0.1", FHIR_JSON),
        ("application/fhir+json;fhirVersion=5.0, */*;q=0.1", FHIR_JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", FHIR_JSON),
    ],
)
def test_accept_is_weighed(accept: str, chosen: str) -> None:
    """The most specific range of the highest quality decides."""
    assert choose_type(accept) == chosen


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+xml",
        "text/html",
        "application/fhir+json;q=0",
        "*/*;q=0",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json; fhirVersion=4.3",
        "nonsense",
    ],
)
def test_what_cannot_be_answered_is_not_acceptable(accept: str) -> None:
    """Answers are JSON and R4, whatever came in."""
    with pytest.raises(NotAcceptable):
        choose_type(accept)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("json", FHIR_JSON),
        ("application/fhir json", FHIR_JSON),
        ("application/fhir+json", FHIR_JSON),
        ("application/json", PLAIN_JSON),
    ],
)
def test_format_counts_more_than_accept(wanted: str, chosen: str) -> None:
    """A client that cannot set headers says it in the address."""
    assert choose_type("text/html", wanted) == chosen


@pytest.mark.parametrize("wanted", ["xml", "", "application/fhir+xml", "ttl", "html"])
def test_a_format_that_is_not_written_is_not_acceptable(wanted: str) -> None:
    """XML waits for a later release."""
    with pytest.raises(NotAcceptable):
        choose_type("*/*", wanted)


@pytest.mark.parametrize(
    ("parameter", "header", "language"),
    [
        (None, "", "en"),
        ("fr", "en", "fr"),
        ("fr-CA", "", "fr"),
        (None, "fr-FR, en;q=0.5", "fr"),
        (None, "de, fr;q=0.2, en;q=0.3", "en"),
        (None, "fr;q=0, en", "en"),
        (None, "de", "en"),
        (None, "*;q=x,,;", "en"),
    ],
)
def test_a_language_is_chosen(
    parameter: str | None, header: str, language: str
) -> None:
    """`_language` decides, then the header, then English."""
    assert choose_language(parameter, header) == language


def test_a_language_without_texts_is_refused() -> None:
    """A parameter is a demand; a header is a wish."""
    with pytest.raises(InvalidParameter):
        choose_language("de")


@pytest.mark.parametrize(
    ("prefer", "strict"),
    [
        ([], False),
        (["handling=strict"], True),
        (["respond-async, handling=strict"], True),
        (["respond-async; handling = Strict"], True),
        (["handling=lenient"], False),
        (["return=minimal", "handling=strict"], True),
    ],
)
def test_strict_handling_is_a_preference(prefer: list[str], strict: bool) -> None:
    """Other preferences are passed over."""
    assert is_strict(prefer) is strict


def test_strict_and_lenient_contradict_each_other() -> None:
    """Neither can be preferred."""
    with pytest.raises(InvalidParameter):
        is_strict(["handling=strict", "handling=lenient"])


@given(st.text(max_size=60))
def test_no_accept_header_is_a_defect(text: str) -> None:
    """Whatever the header says, it is answered or not acceptable."""
    try:
        chosen = choose_type(text)
    except NotAcceptable:
        return

    assert chosen in (FHIR_JSON, PLAIN_JSON)


@given(st.text(max_size=60), st.text(max_size=10))
def test_no_content_type_is_a_defect(text: str, encoding: str) -> None:
    """Whatever the header says, it is read or refused."""
    try:
        body = read_content_type(text, encoding)
    except UnsupportedMediaType:
        return

    assert body.kind in ("json", "ndjson")
