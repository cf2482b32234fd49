"""Bytes to JSON: reliability.md rows B1 to B11, each with its red input."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import EmptyContent, MalformedDocument, UnsupportedMediaType
from service.fhir.json_values import Number
from service.fhir.strict_json import MAX_DEPTH, check_depth, parse

OBSERVATION = '{"resourceType":"Observation","valueQuantity":{"value":%s}}'

REFUSED = {
    "an empty body": (b"", "structure"),
    "blanks only": (b" \r\n", "structure"),
    "null": (b"null", "structure"),
    "an array": (b"[]", "structure"),
    "a number": (b"1", "structure"),
    "no members": (b"{}", "structure"),
    "trailing bytes": (b'{"a":1} x', "structure"),
    "a second document": (b'{"a":1}{"a":1}', "structure"),
    "not JSON": (b'{"a":}', "structure"),
    "65 levels": (b'{"a":' * 64 + b"[1]" + b"}" * 64, "structure"),
    "brackets without end": (b"[" * 100_000, "structure"),
    "a duplicate key": (b'{"a":1,"a":1}', "structure"),
    "a duplicate key far inside": (b'{"a":[{"b":{"c":1,"c":2}}]}', "structure"),
    "NaN": (b'{"a":NaN}', "value"),
    "Infinity": (b'{"a":[-Infinity]}', "value"),
    "a large exponent": ((OBSERVATION % "1e400").encode(), "value"),
    "a huge exponent": ((OBSERVATION % "1E+999999999").encode(), "value"),
    "a small exponent": ((OBSERVATION % "1e-301").encode(), "value"),
    "4,000 digits": ((OBSERVATION % ("1" * 4000)).encode(), "value"),
    "a lone surrogate": (rb'{"a":"\ud83d"}', "value"),
    "a lone low surrogate": (rb'{"a":"x\ude00"}', "value"),
    "two byte order marks": (b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}', "structure"),
    "latin-1": (b'{"a":"\xe9"}', "structure"),
    "a NUL": (rb'{"a":"\u0000"}', "value"),
    "a backspace": (rb'{"a":"\b"}', "value"),
    "an escape character": (rb'{"a":"\u001b"}', "value"),
    "a raw control character": (b'{"a":"\x01"}', "structure"),
    "an empty string": (b'{"a":""}', "structure"),
    "an empty object": (b'{"a":{}}', "structure"),
    "an empty array": (b'{"a":[]}', "structure"),
    "a null member": (b'{"a":null}', "structure"),
    "a null without its twin": (b'{"given":["x",null]}', "structure"),
    "an empty string in an array": (b'{"a":[""]}', "structure"),
    "an empty name": (b'{"":1}', "structure"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_what_fhir_does_not_allow_is_400(content: bytes, code: str) -> None:
    """Nothing is repaired: the document is refused with the code of its row."""
    with pytest.raises(MalformedDocument) as refused:
        parse(content)

    assert (refused.value.status, refused.value.issue) == (400, code)


def test_another_encoding_is_415() -> None:
    """B8: UTF-16 and UTF-32 are told by their mark."""
    for encoding in ("utf-16", "utf-32", "utf-16-be"):
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        with pytest.raises(UnsupportedMediaType):
            parse(mark + '{"a":1}'.encode(encoding))


ACCEPTED = {
    "one byte order mark": b'\xef\xbb\xbf{"a":1}',
    "false": b'{"a":false}',
    "zero": b'{"a":0}',
    "a null beside its twin": b'{"given":["x",null],"_given":[null,{"id":"y"}]}',
    "tab and line ends": rb'{"a":"\t\r\n"}',
    "an escaped slash and quote": rb'{"a":"\/\"\\"}',
    "a surrogate pair": rb'{"a":"\ud83d\ude00"}',
    "brackets in a string": b'{"a":"' + b"[{" * 500 + rb"\"[" + b'"}',
    "64 levels": b'{"a":' * 63 + b"[1]" + b"}" * 63,
    "300 as exponent": b'{"a":1e300}',
    "direction marks": '{"a":"\u202ex\u200b"}'.encode(),
}


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
def test_what_fhir_allows_is_read(content: bytes) -> None:
    """The strict reader refuses nothing that is legal."""
    assert parse(content).root


def test_a_number_keeps_its_text() -> None:
    """1.10 is not 1.1: precision is part of a result."""
    root = parse(b'{"a":1.10,"b":-0.0,"c":1E+2,"d":7}').root

    assert list(root.values()) == ["1.10", "-0.0", "1E+2", "7"]
    assert all(type(value) is Number for value in root.values())


def test_all_problems_come_in_one_answer() -> None:
    """A document is explained whole, each problem with the node that holds it."""
    content = b'{"resourceType":"Patient","name":[{"text":""}],"id":"a\\u0000","x":[]}'
    with pytest.raises(MalformedDocument) as refused:
        parse(content)

    places = [(p.code, p.expression) for p in refused.value.problems]
    assert places == [
        ("structure", "Patient.name[0]"),
        ("value", "Patient"),
        ("structure", "Patient"),
    ]


def test_a_problem_never_repeats_the_input() -> None:
    """No value and no odd element name of the request is in the answer."""
    with pytest.raises(MalformedDocument) as refused:
        parse(b'{"resourceType":"Patient","SECRET ONE":{"SECRET":"SECRET\\u0000"}}')

    text = " ".join(f"{p.message} {p.expression}" for p in refused.value.problems)
    assert "SECRET O" not in text
    assert "SECRET\x00" not in text


json_values = st.recursive(
    st.booleans() | st.integers(-99, 99) | st.text('aé\\"[{', min_size=1),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text("ab", min_size=1), inner, min_size=1, max_size=3)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1), json_values, min_size=1))
def test_sound_json_is_read_as_the_standard_library_reads_it(document: object) -> None:
    """Strictness changes what is refused, never what is read."""
    content = json.dumps(document, ensure_ascii=False).encode()

    expected = json.loads(content, parse_int=str, parse_float=str)
    assert parse(content).root == expected


@settings(deadline=None)
@given(st.integers(1, 120))
def test_depth_is_counted_before_parsing(levels: int) -> None:
    """The limit is exact, whatever the parser would bear."""
    content = b'{"a":' * levels + b'"x"' + b"}" * levels
    if levels <= MAX_DEPTH:
        check_depth(content)
        return
    with pytest.raises(MalformedDocument):
        check_depth(content)


def test_a_bundle_with_an_empty_array_of_entries_is_empty() -> None:
    """It is well formed enough to say that it holds nothing: 422 `required`."""
    with pytest.raises(EmptyContent) as caught:
        parse(b'{"resourceType":"Bundle","type":"collection","entry":[]}')

    assert caught.value.status == 422
    assert caught.value.issue == "required"
