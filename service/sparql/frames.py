"""Messages between the web process and its SPARQL processes: a JSON head, then bytes.

Nothing is unpickled and every length is checked, so that a worker that a query has
broken can tell lies, but not make the web process run or hold what it likes.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import TypeAlias

Head: TypeAlias = dict[str, object]
LENGTHS = struct.Struct(">II")
MAX_HEAD = 4 * 1024 * 1024


class BrokenFrame(ConnectionError):
    """The other process is gone or talks nonsense."""


def send_frame(channel: socket.socket, head: Head, body: bytes = b"") -> None:
    """Send one message; OSError when the other process is gone."""
    text = json.dumps(head).encode("ascii")
    channel.sendall(LENGTHS.pack(len(text), len(body)) + text)
    channel.sendall(body)


def read_frame(
    receive: Callable[[int], bytes], max_body: int = 0
) -> tuple[Head, bytes]:
    """One message; `receive` gives at most as many bytes as it is asked for.

    Raises BrokenFrame at the end, for lengths beyond the limits, and for a head that
    is no object.
    """
    head_length, body_length = LENGTHS.unpack(read_exactly(receive, LENGTHS.size))
    if head_length > MAX_HEAD or body_length > max_body:
        raise BrokenFrame("a message that is too long")
    try:
        head = json.loads(read_exactly(receive, head_length))
    except (ValueError, RecursionError):
        raise BrokenFrame("a message that is no JSON") from None
    if not isinstance(head, dict):
        raise BrokenFrame("a message without a head")
    return head, read_exactly(receive, body_length)


def read_exactly(receive: Callable[[int], bytes], count: int) -> bytes:
    """So many bytes, in as many pieces as they come in."""
    received = bytearray()
    while len(received) < count:
        piece = receive(count - len(received))
        if not piece:
            raise BrokenFrame("the other process is gone")
        received += piece
    return bytes(received)
