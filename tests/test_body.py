"""Bounded bodies: every byte, or none."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.body import MAX_LINE, MIB, read_body, read_lines
from service.errors import DocumentTooCostly, DocumentTooLong, MalformedDocument


class Pieces:
    """A stream that gives its bytes in pieces of given sizes, as a network does."""

    def __init__(self, content: bytes, sizes: Iterator[int]) -> None:
        self.rest = io.BytesIO(content)
        self.sizes = sizes

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, often fewer."""
        return self.rest.read(min(size, next(self.sizes, size)))


class Broken:
    """A stream whose connection breaks."""

    def read(self, size: int, /) -> bytes:
        """Never answers."""
        raise ConnectionResetError(size)


@pytest.mark.parametrize("announced", [MIB, None], ids=["announced", "chunked"])
def test_a_body_of_exactly_the_limit_is_read(announced: int | None) -> None:
    """The limit belongs to what is allowed."""
    content = b"x" * MIB

    assert read_body(io.BytesIO(content), announced, 1) == content


@pytest.mark.parametrize("announced", [MIB + 1, None], ids=["announced", "chunked"])
def test_one_byte_more_is_too_long(announced: int | None) -> None:
    """Nothing of it is used, and the limit is named."""
    with pytest.raises(DocumentTooLong, match="1 MiB"):
        read_body(io.BytesIO(b"x" * (MIB + 1)), announced, 1)


def test_a_body_that_announces_too_much_is_not_read() -> None:
    """The refusal does not wait for the bytes."""
    with pytest.raises(DocumentTooLong):
        read_body(Broken(), MIB + 1, 1)


def test_a_body_that_ends_early_is_malformed() -> None:
    """A document that was cut must not be believed whole."""
    with pytest.raises(MalformedDocument):
        read_body(io.BytesIO(b"{}"), 3, 1)


def test_a_connection_that_breaks_is_malformed() -> None:
    """The client's fault, not a defect of ours."""
    with pytest.raises(MalformedDocument):
        read_body(Broken(), 3, 1)


@settings(max_examples=50)
@given(st.binary(max_size=3000), st.lists(st.integers(1, 700), max_size=20))
def test_how_a_body_arrives_changes_nothing(content: bytes, sizes: list[int]) -> None:
    """Pieces of any size give the same bytes."""
    assert read_body(Pieces(content, iter(sizes)), None, 1) == content


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([b"{}", b"", b" ", b"[1]", b"a\rb", b"\r"]), max_size=30),
    st.lists(st.integers(1, 20), max_size=40),
)
def test_how_lines_arrive_changes_nothing(lines: list[bytes], sizes: list[int]) -> None:
    """NDJSON below the limits is handed on byte for byte."""
    content = b"\n".join(lines)
    stream = Pieces(content, iter(sizes))

    assert read_lines(stream, limit_mib=1, max_entries=30) == content


def test_too_many_lines_are_too_costly() -> None:
    """The limit of entries is named; the rest is not waited for."""
    with pytest.raises(DocumentTooCostly, match="at most 2 "):
        read_lines(io.BytesIO(b"{}\n" * 3), limit_mib=1, max_entries=2)


def test_blank_lines_are_no_entries() -> None:
    """Only what could hold a resource counts."""
    content = b"{}\n\n \n{}\n"

    assert read_lines(io.BytesIO(content), limit_mib=1, max_entries=2) == content


def test_a_line_beyond_the_limit_keeps_its_neighbours() -> None:
    """It stays just too long for the reader to accept it, and the stream goes on."""
    content = b"{}\n" + b"x" * (MAX_LINE + MIB) + b"\n{}\n"

    kept = read_lines(io.BytesIO(content), limit_mib=6, max_entries=9).split(b"\n")

    assert [len(line) for line in kept] == [2, MAX_LINE + 1, 2, 0]


def test_many_long_lines_are_too_long_together() -> None:
    """What is held in memory is bounded too."""
    with pytest.raises(DocumentTooLong):
        read_lines(io.BytesIO((b"x" * MIB + b"\n") * 3), limit_mib=2, max_entries=9)
