"""`make run`: what it says when it cannot, and that its two processes live and die together."""

import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from portal.serve import port_fault, run_together

FOR_A_MINUTE = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture(autouse=True)
def own_signals():
    """The test run keeps its own answers to Ctrl-C and SIGTERM."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, answer in before.items():
        signal.signal(name, answer)


@pytest.mark.parametrize("text", ["abc", "0", "65536", "-1", "80 80"])
def test_what_is_no_port_is_called_so(text):
    assert "is no port" in port_fault(text)


def test_a_port_in_use_is_told_before_anything_starts():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} cannot be used" in port_fault(port)
    assert port_fault(port) is None


def test_when_one_process_dies_the_other_is_stopped():
    lasting = subprocess.Popen(FOR_A_MINUTE)
    dying = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    began = time.monotonic()
    assert run_together([dying, lasting]) != 0
    assert time.monotonic() - began < 30
    assert lasting.poll() is not None


def test_being_told_to_stop_is_no_fault():
    lasting = [subprocess.Popen(FOR_A_MINUTE) for _ in range(2)]
    threading.Timer(0.5, signal.raise_signal, [signal.SIGTERM]).start()
    assert run_together(lasting) == 0
    assert all(process.poll() is not None for process in lasting)
