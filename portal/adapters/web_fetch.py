"""Fetching one small file from a web server that a stranger named, without being led inside our own network."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from portal.adapters.addresses import IP, Allowed, is_public

MAX_BODY = 16 * 1024
_MAX_HEADERS = 32 * 1024
_PORTS = {"http": 80, "https": 443}


class FetchStatus(StrEnum):
    OK = "ok"
    NOT_FOUND = "not_found"
    REFUSED_ADDRESS = "refused_address"
    REDIRECTED = "redirected"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Fetched:
    status: FetchStatus
    http_status: int | None = None
    text: str = ""


class WebFetch(Protocol):
    def get(self, url: str) -> Fetched:
        """Fetch `url` (http or https) and return what came of it; never raises for what the other side does."""


class _Refused(Exception):
    """The fetch stops here, with this status."""

    def __init__(self, status: FetchStatus) -> None:
        self.status = status


class GuardedFetch:
    """Resolves once, vets every address, dials a vetted one; no redirects, bounded in bytes and in seconds."""

    def __init__(
        self,
        resolve: Callable[[str], Sequence[IP]],
        allowed: Allowed = is_public,
        ports: Mapping[str, int] | None = None,
        deadline: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`ports` maps a scheme to the port to dial instead of 80 or 443; `deadline`: seconds for a whole request."""
        self._resolve, self._allowed, self._deadline = resolve, allowed, deadline
        self._ports = {**_PORTS, **(ports or {})}
        self._tls = tls or ssl.create_default_context()

    def get(self, url: str) -> Fetched:
        until = time.monotonic() + self._deadline
        try:
            parts = _checked(url)
            with self._connect(parts, until) as connected:
                return _request(parts, _Wire(connected, until))
        except _Refused as refused:
            return Fetched(refused.status)
        except TimeoutError:
            return Fetched(FetchStatus.TIMEOUT)
        except ssl.SSLError:
            return Fetched(FetchStatus.TLS)
        except (OSError, http.client.HTTPException):
            return Fetched(FetchStatus.UNREACHABLE)

    def _connect(self, parts: SplitResult, until: float) -> socket.socket:
        host = parts.hostname or ""
        connected = self._dial(self._vetted(host), self._ports[parts.scheme], until)
        if parts.scheme == "http":
            return connected
        try:
            connected.settimeout(_left(until))
            return self._tls.wrap_socket(connected, server_hostname=host)
        except OSError:
            connected.close()
            raise

    def _vetted(self, host: str) -> Sequence[IP]:
        addresses = self._resolve(host)
        if not addresses:
            raise _Refused(FetchStatus.UNREACHABLE)
        # One bad address among good ones is how a name is made to pass the check and still lead inside.
        if not all(self._allowed(address) for address in addresses):
            raise _Refused(FetchStatus.REFUSED_ADDRESS)
        return addresses

    def _dial(self, addresses: Sequence[IP], port: int, until: float) -> socket.socket:
        failure: OSError = OSError("no address")
        for tries in range(len(addresses), 0, -1):
            try:  # a fair share each: one silent address must not eat the time of the others
                return socket.create_connection((str(addresses[-tries]), port), timeout=_left(until) / tries)
            except OSError as error:
                failure = error
        raise failure


class _Wire:
    """The part of a socket that http.client uses, with one deadline and one byte limit for the whole exchange."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket, self._until = connected, until

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(_left(self._until))
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._socket, self._until))

    def close(self) -> None:
        """Leave the socket open: http.client hangs up before it reads the body, and whoever dialed closes."""


class _Incoming(io.RawIOBase):
    """Reads from a socket. A timeout per read would let a slow drip go on for hours, so each gets only what is left."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket, self._until, self._room = connected, until, MAX_BODY + _MAX_HEADERS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._socket.settimeout(_left(self._until))
        count = self._socket.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise _Refused(FetchStatus.TOO_LARGE)
        return count


@dataclass
class FakeWebFetch:
    """Answers from memory; an unknown address is NOT_FOUND. `asked` keeps the addresses."""

    files: dict[str, Fetched] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def place(self, url: str, text: str) -> None:
        self.files[url] = Fetched(FetchStatus.OK, 200, text)

    def get(self, url: str) -> Fetched:
        self.asked.append(url)
        return self.files.get(url, Fetched(FetchStatus.NOT_FOUND, 404))


def _checked(url: str) -> SplitResult:
    """Split `url`. Another scheme, a port or a sign-in inside the address are ways to reach something else."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.netloc.lower() != parts.hostname:
        raise _Refused(FetchStatus.REFUSED_ADDRESS)
    return parts


def _request(parts: SplitResult, wire: _Wire) -> Fetched:
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = wire  # already dialed: http.client must not resolve the name again
    headers = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "domain-verification"}
    connection.request("GET", parts.path or "/", headers=headers)
    return _judged(connection.getresponse())


def _judged(response: http.client.HTTPResponse) -> Fetched:
    code = response.status
    if code != 200:
        return Fetched(_refusal(code), code)
    body = response.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return Fetched(FetchStatus.TOO_LARGE, code)
    return Fetched(FetchStatus.OK, code, body.decode("utf-8-sig", "replace").replace("\0", "\ufffd"))


def _refusal(code: int) -> FetchStatus:
    if 300 <= code < 400:
        return FetchStatus.REDIRECTED
    return FetchStatus.UNREACHABLE if code >= 500 else FetchStatus.NOT_FOUND


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
