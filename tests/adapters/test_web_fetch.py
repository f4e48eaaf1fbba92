"""Fetching from servers that lie, drip, redirect or lead inside: the guard holds and says what happened."""

import contextlib
import socket
import threading
import time
from ipaddress import ip_address

import pytest

from portal.adapters.addresses import is_public, is_public_or_loopback
from portal.adapters.dev_dns import DevDns
from portal.adapters.dev_names import DevNames
from portal.adapters.dev_web import DevWeb
from portal.adapters.dns import AuthoritativeDns
from portal.adapters.web_fetch import MAX_BODY, FakeWebFetch, Fetched, FetchStatus, GuardedFetch

URL = "http://andina.test/proof.txt"
LOOPBACK = [ip_address("127.0.0.1")]


def fetching(port, deadline=3.0, addresses=LOOPBACK, **more):
    return GuardedFetch(
        lambda host: addresses, is_public_or_loopback, {"http": port, "https": port}, deadline=deadline, **more
    )


@contextlib.contextmanager
def serving(talk):
    """A raw server that lets `talk(connection)` answer one visitor."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(5)


def saying(answer):
    def talk(connection):
        connection.recv(4096)
        connection.sendall(answer)

    return serving(talk)


PUBLIC = ["8.8.8.8", "1.1.1.1", "200.48.1.1", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"]
INSIDE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::1111%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_allowed(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", INSIDE)
def test_address_that_leads_inside_is_refused(address):
    assert not is_public(ip_address(address))
    fetched = GuardedFetch(lambda host: [ip_address(address)]).get(URL)
    assert fetched == Fetched(FetchStatus.REFUSED_ADDRESS)


def test_development_allows_loopback_and_nothing_else_inside():
    allowed = [text for text in INSIDE if is_public_or_loopback(ip_address(text))]
    assert allowed == ["127.0.0.1", "127.255.255.254", "::1"]


def test_one_bad_address_among_good_ones_refuses_all():
    mixed = [ip_address("8.8.8.8"), ip_address("10.0.0.1")]
    assert GuardedFetch(lambda host: mixed).get(URL).status is FetchStatus.REFUSED_ADDRESS


@pytest.mark.parametrize(
    "url",
    [
        "ftp://andina.test/proof.txt",
        "file:///etc/passwd",
        "http://andina.test:22/proof.txt",
        "http://user@andina.test/proof.txt",
        "http:///proof.txt",
        "//andina.test/proof.txt",
    ],
)
def test_other_kinds_of_address_are_refused(url):
    assert fetching(1).get(url).status is FetchStatus.REFUSED_ADDRESS


def test_name_is_resolved_once():
    asked = []

    def resolve(host):
        asked.append(host)
        return LOOPBACK

    with saying(b"HTTP/1.1 200 OK\r\n\r\nhere") as port:
        fetched = GuardedFetch(resolve, is_public_or_loopback, {"http": port}).get(URL)
    assert (fetched.text, asked) == ("here", ["andina.test"])


def test_file_is_served_by_host_name(tmp_path):
    names = DevNames(tmp_path / "names.json")
    server = DevWeb(names.files).start()
    try:
        names.place_file("andina.test", "/proof.txt", "ñ ไทย")
        fetch = fetching(server.port)
        assert fetch.get(URL) == Fetched(FetchStatus.OK, 200, "ñ ไทย")
        assert fetch.get("http://other.test/proof.txt") == Fetched(FetchStatus.NOT_FOUND, 404)
        names.place_file("andina.test", "/proof.txt", None)
        assert fetch.get(URL).status is FetchStatus.NOT_FOUND
    finally:
        server.stop()


def test_development_walks_the_whole_way_by_name(tmp_path):
    names = DevNames(tmp_path / "names.json")
    names.place("andina.test", "A", "127.0.0.1")
    names.place_file("andina.test", "/proof.txt", "here")
    resolver, site = DevDns(names.records).start(), DevWeb(names.files).start()
    try:
        dns = AuthoritativeDns([("127.0.0.1", resolver.port)], resolver.port)
        fetch = GuardedFetch(dns.addresses, is_public_or_loopback, {"http": site.port})
        assert fetch.get(URL).text == "here"
        assert fetch.get("http://nosuch.test/proof.txt").status is FetchStatus.UNREACHABLE
    finally:
        site.stop()
        resolver.stop()


def test_request_names_the_host_and_asks_for_plain_bytes():
    requests = []

    def talk(connection):
        requests.append(connection.recv(4096).decode())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serving(talk) as port:
        fetching(port).get(URL)
    lines = requests[0].split("\r\n")
    assert lines[0] == "GET /proof.txt HTTP/1.1"
    assert {"Host: andina.test", "Accept-Encoding: identity"} <= set(lines)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n\r\n", FetchStatus.REDIRECTED, 301),
        (b"HTTP/1.1 308 Moved\r\nLocation: https://andina.test/\r\n\r\n", FetchStatus.REDIRECTED, 308),
        (b"HTTP/1.1 404 No\r\n\r\n", FetchStatus.NOT_FOUND, 404),
        (b"HTTP/1.1 403 No\r\n\r\n", FetchStatus.NOT_FOUND, 403),
        (b"HTTP/1.1 204 Empty\r\n\r\n", FetchStatus.NOT_FOUND, 204),
        (b"HTTP/1.1 503 Later\r\n\r\n", FetchStatus.UNREACHABLE, 503),
        (b"SSH-2.0-OpenSSH\r\n", FetchStatus.UNREACHABLE, None),
        (b"", FetchStatus.UNREACHABLE, None),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_BODY, FetchStatus.OK, 200),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_BODY + 1), FetchStatus.TOO_LARGE, 200),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 90 + b"\r\nhere", FetchStatus.OK, 200),
        (b"HTTP/1.1 200 OK\r\n" + (b"X-A: " + b"b" * 4000 + b"\r\n") * 20, FetchStatus.TOO_LARGE, None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_answers_are_told_apart(answer, status, code):
    with saying(answer) as port:
        fetched = fetching(port).get(URL)
    assert (fetched.status, fetched.http_status) == (status, code)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_slow_drip_is_cut_by_the_deadline(head):
    done = threading.Event()

    def talk(connection):
        connection.recv(4096)
        connection.sendall(head)
        while not done.wait(0.02):  # always sooner than any timeout of a single read
            connection.sendall(b"x")

    with serving(talk) as port:
        began = time.monotonic()
        fetched = fetching(port, deadline=0.3).get(URL)
        took = time.monotonic() - began
        done.set()
    assert (fetched.status, took < 2) == (FetchStatus.TIMEOUT, True)


def test_silent_tls_handshake_is_cut_by_the_deadline():
    done = threading.Event()
    with serving(lambda connection: done.wait(5)) as port:
        fetched = fetching(port, deadline=0.2).get("https://andina.test/proof.txt")
        done.set()
    assert fetched.status is FetchStatus.TIMEOUT


def test_server_without_tls_is_told_apart():
    with saying(b"HTTP/1.1 400 Bad\r\n\r\n") as port:
        assert fetching(port).get("https://andina.test/proof.txt").status is FetchStatus.TLS


def test_closed_port_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fetching(port).get(URL).status is FetchStatus.UNREACHABLE


def test_next_address_is_dialed_when_the_first_is_closed():
    addresses = [ip_address("::1"), *LOOPBACK]
    with saying(b"HTTP/1.1 200 OK\r\n\r\nhere") as port:
        assert fetching(port, addresses=addresses).get(URL).text == "here"


def test_name_without_address_is_unreachable():
    assert fetching(1, addresses=[]).get(URL).status is FetchStatus.UNREACHABLE


def test_fake_says_what_was_placed():
    fake = FakeWebFetch()
    fake.place(URL, "here")
    assert fake.get(URL) == Fetched(FetchStatus.OK, 200, "here")
    assert fake.get("http://other.test/").status is FetchStatus.NOT_FOUND
    assert fake.asked == [URL, "http://other.test/"]
