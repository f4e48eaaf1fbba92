"""Addresses that no mail can go to hold nothing up."""

import pytest

from portal.mail import post
from portal.mail.models import Outgoing
from portal.storage import transaction


@pytest.mark.parametrize("address", ["josé@x.example", "a@x.example\r\nBcc: b@x.example", "no address", ""])
def test_a_mail_that_cannot_be_addressed_is_given_up_at_once(make_ctx, run_jobs, mailer, address):
    with transaction():
        for to in (address, "good@x.example"):
            post(make_ctx(), "password-changed", key=to, address=to, name="Ana", language="es", at="2026-01-05T12:00Z")
    run_jobs()
    assert Outgoing.get(Outgoing.key == address).state == "undeliverable"
    assert [message["To"].addresses[0].addr_spec for message in mailer.sent] == ["good@x.example"]
