"""Waiting at sockets: for a worker's answer, while its client is still there."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

from service.errors import ClientLeft

# The client has closed its half of the connection, which only Linux tells apart.
LEAVING = getattr(select, "POLLRDHUP", select.POLLHUP)
LEFT = "The client closed the connection before its query was answered."


def happened(channel: socket.socket, events: int) -> bool:
    """Whether one of the events has come, or the other end is gone."""
    waiting = select.poll()
    waiting.register(channel, events)
    return bool(waiting.poll(0))


def check_client(client: socket.socket | None) -> None:
    """ClientLeft when the client has closed its connection, or its half of it."""
    if client is not None and happened(client, LEAVING):
        raise ClientLeft(LEFT)


def patient_receive(
    channel: socket.socket, client: socket.socket | None, end: float
) -> Callable[[int], bytes]:
    """As `recv`, but TimeoutError at the end, and ClientLeft when the client leaves."""
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    if client is not None:
        waiting.register(client, LEAVING)

    def receive(most: int) -> bytes:
        left = end - time.monotonic()
        events = dict(waiting.poll(max(0.0, left) * 1000))
        if channel.fileno() in events:
            return channel.recv(most)
        if events:
            raise ClientLeft(LEFT)
        raise TimeoutError

    return receive
