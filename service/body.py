"""Bounded readers of request bodies: every byte, or none.

Flask's `get_data` cuts a chunked body at its limit and carries on, which would lose
patients in silence. Here a body of exactly the limit is read and one byte more is
refused, whether its length was announced or not.
"""

from __future__ import annotations

from typing import Protocol

from service.errors import DocumentTooCostly, DocumentTooLong, MalformedDocument

MIB = 1024 * 1024
STEP = 64 * 1024
# The reader refuses a longer line by itself; what follows the limit need not be kept.
MAX_LINE = 5 * MIB
BROKEN = "The body ended early or is framed wrongly: send it again, complete."


class Stream(Protocol):
    """What the HTTP server hands over: `read` answers b"" at the end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""


def read_body(stream: Stream, announced: int | None, limit_mib: int) -> bytes:
    """The whole body. DocumentTooLong above the limit, of which nothing is kept.

    `announced` is the Content-Length in bytes, None for a chunked body.
    """
    limit = limit_mib * MIB
    if announced is not None and announced > limit:
        raise too_long(limit_mib)
    body = bytearray()
    while chunk := read_step(stream, limit + 1 - len(body)):
        body += chunk
        if len(body) > limit:
            raise too_long(limit_mib)
    if announced is not None and len(body) < announced:
        raise MalformedDocument(BROKEN)
    return bytes(body)


def read_lines(stream: Stream, *, limit_mib: int, max_entries: int) -> bytes:
    """An NDJSON body, bounded by its lines, not by its length.

    A line above 5 MiB is kept just long enough for the reader to refuse that line;
    more lines than entries are allowed is DocumentTooCostly, more memory than
    `limit_mib` is DocumentTooLong.
    """
    lines, body, line = 0, bytearray(), 0
    while chunk := read_step(stream, STEP):
        for piece in chunk.splitlines(keepends=True):
            ends = piece.endswith(b"\n")
            room = max(0, MAX_LINE + 1 - line)
            body += piece if len(piece) <= room else piece[:room] + b"\n" * ends
            line = 0 if ends else line + len(piece)
            lines += ends and bool(piece.strip())
        if lines > max_entries:
            raise DocumentTooCostly(f"Send at most {max_entries} resources at once.")
        if len(body) > limit_mib * MIB:
            raise too_long(limit_mib)
    return bytes(body)


def read_step(stream: Stream, most: int) -> bytes:
    """The next bytes; a connection that breaks or stalls gives MalformedDocument."""
    try:
        return stream.read(min(most, STEP))
    except OSError:
        raise MalformedDocument(BROKEN) from None


def too_long(limit_mib: int) -> DocumentTooLong:
    """The refusal, which names the limit."""
    return DocumentTooLong(f"A body may have at most {limit_mib} MiB: send less.")
