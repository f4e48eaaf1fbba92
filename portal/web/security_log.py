"""The security log: one line of JSON for each sign-in, proof and refusal, for whoever watches over the portal.

It is apart from the record, which tells what was done; here stands what was tried. No line holds a password, a code, a
token or an address that somebody typed: of the last a keyed digest, by which tries for one account are told together.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from flask import Flask, g, request
from werkzeug.wrappers import Response

from portal.accounts.policy import normalize_email
from portal.core.ids import derive

log = logging.getLogger("portal.security")

# What these pages are for; whether it succeeded their status says.
EVENTS = {
    "account.submit_sign_in": "sign-in",
    "account.submit_sign_up": "sign-up",
    "account.submit_verify_email": "address-confirmed",
    "account.submit_forgot_password": "password-forgotten",
    "account.submit_reset_password": "password-reset",
    "account.submit_accept_invitation": "invitation-accepted",
    "account.change_password": "password-change",
    "account.submit_sign_in_code": "second-factor",
    "account.enter_by_passkey": "passkey",
    "account.submit_prove": "step-up",
    "account.prove_by_passkey": "step-up-passkey",
    "account.confirm_app": "second-factor-set",
    "account.renew_codes": "recovery-codes-renewed",
    "account.remove_app": "second-factor-removed",
    "account.do_add_passkey": "passkey-added",
    "account.remove_passkey": "passkey-removed",
    "organization.reset_second_factor": "second-factor-reset",
    "account.sign_out": "sign-out",
    "account.submit_claim": "sign-in",
    "account.submit_claim_link": "sign-in",
    "account.confirm_claim": "identity-linked",
    "account.unlink_identity": "identity-unlinked",
    "sign_on.back": "single-sign-on",  # a GET: a provider sends the browser there
}
_REFUSALS = {400: "request-refused", 403: "not-allowed", 429: "throttled"}


def init_app(app: Flask) -> None:
    if not app.testing and not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.propagate = False
    log.setLevel(logging.INFO)
    app.after_request(_note)


def _note(response: Response) -> Response:
    event = EVENTS.get(request.endpoint or "")
    refused = response.status_code >= 400 or "refusal" in g
    if (event and (request.method == "POST" or event == "single-sign-on")) or response.status_code in _REFUSALS:
        log.info(_line(event or _REFUSALS[response.status_code], refused, response.status_code))
    return response


def _line(event: str, refused: bool, status: int) -> str:
    ctx = g.get("ctx")
    person = g.get("visitor") or (ctx.actor if ctx else None)
    facts: dict[str, Any] = {
        "at": ctx.now.isoformat() if ctx else None, "event": event, "outcome": "refused" if refused else "accepted",
        "status": status, "page": request.endpoint, "method": request.method, "from": request.remote_addr,
        "account": person.account_id if person else None, "place": person.place if person else "",
    }
    if "refusal" in g:
        facts["reason"] = g.refusal
    if ctx and (typed := request.form.get("email")):
        facts["for"] = derive(ctx.secret, "security-log", normalize_email(typed))[:16]
    return json.dumps(facts, ensure_ascii=True)
