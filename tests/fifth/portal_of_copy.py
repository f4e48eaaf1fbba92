"""Serves the demo of the copy that this runs in: tells where and who, then works on each line that it gets."""

from __future__ import annotations

import json
import sys

import portal
from portal import demo
from portal.accounts.models import Account
from portal.jobs.worker import run_due
from tests.screenshots import demo_portal

PEOPLE = {"partner": demo.ADMIN, "customer": demo.SIAM, "agent": demo.AGENT}

with demo_portal() as served:
    cookies = {key: served.cast.sign_in(Account.get(Account.email == who.email)).cookie for key, who in PEOPLE.items()}
    print(json.dumps({"portal": portal.__file__, "address": served.address, "cookies": cookies,
                      "mailbox": str(served.app.extensions["settings"].var / "mail"),
                      "emails": {key: who.email for key, who in PEOPLE.items()}, "things": served.things}), flush=True)
    for _line in sys.stdin:
        run_due(served.app.extensions["make_ctx"])
        print("done", flush=True)
