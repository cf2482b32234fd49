"""Connections to the FHIR server whose every wait ends with one deadline.

A timeout of requests is for one wait: a server that sends a byte now and then, or its
headers in drops, would be waited for without end. Here each read, each write and each
address that is connected to gets what is left of the whole.
"""

from __future__ import annotations

import io
import logging
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool

Seconds = Callable[[], float]
# It would log the addresses that are asked, and these hold the ids of patients.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class Late(Exception):
    """The deadline has passed; no OSError, which requests would take for its own."""


def is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate that could not be verified lies below an error."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


class DeadlineAdapter(HTTPAdapter):
    """Sends requests one by one; `left` says the seconds left, or raises Late.

    Used without a Session: so there are no cookies, no redirects, no `.netrc` and no
    proxies from the environment.
    """

    def __init__(self, left: Seconds) -> None:
        self._left = left
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(
        self, *arguments: Any, **named: Any
    ) -> HTTPConnectionPool:
        """The pool of the server, which makes connections with the deadline."""
        pool = cast(
            "HTTPConnectionPool",
            super().get_connection_with_tls_context(*arguments, **named),
        )
        kind = _Secure if pool.scheme == "https" else _Plain
        pool.ConnectionCls = cast("Any", partial(kind, self._left))
        return pool


class _Timed(HTTPConnection):
    """What both schemes share: how to connect, and what stands for the socket."""

    def __init__(self, left: Seconds, *arguments: Any, **named: Any) -> None:
        self._left = left
        super().__init__(*arguments, **named)

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that answers; they share the time."""
        fault = OSError("the name of the server has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            self._dns_host, self.port, type=socket.SOCK_STREAM
        ):
            end = socket.socket(family, kind, protocol)
            try:
                end.settimeout(self._left())
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                end.connect(address)
                end.settimeout(self._left())
            except TimeoutError:
                end.close()
                raise Late from None
            except OSError as error:
                end.close()
                fault = error
            except Late:
                end.close()
                raise
            else:
                return end
        raise fault

    def connect(self) -> None:
        """Connect, and read and write by the deadline from then on."""
        super().connect()
        self.sock = cast("Any", _TimedSocket(self.sock, self._left))


class _Plain(_Timed):
    """http."""


class _Secure(_Timed, HTTPSConnection):
    """https: the deadline stands above the encryption."""


class _TimedSocket:
    """A connected socket that http.client reads and writes by the deadline."""

    def __init__(self, end: Any, left: Seconds) -> None:
        self._end, self._left = end, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._end, name)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        """What answers are read from (http.client asks for nothing else)."""
        return io.BufferedReader(_TimedReader(self._end, self._left))

    def sendall(self, content: bytes) -> None:
        """Send it all, though the other side takes it in drops."""
        rest = memoryview(content)
        while rest:
            rest = rest[_timed(self._end, self._left, self._end.send, rest) :]


class _TimedReader(io.RawIOBase):
    """The bytes that arrive; closing it lets go of the socket as http.client wants."""

    def __init__(self, end: Any, left: Seconds) -> None:
        self._end, self._left = end, left
        self._file = end.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return _timed(self._end, self._left, self._file.readinto, buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def _timed(
    end: Any, left: Seconds, step: Callable[[Any], int | None], content: Any
) -> int:
    end.settimeout(left())
    try:
        return step(content) or 0
    except TimeoutError:
        raise Late from None
