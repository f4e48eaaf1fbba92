"""Applications in the states that tests begin with."""

from __future__ import annotations

import pytest

from portal.applications.commands import ask_applicant, save_draft, submit_application
from portal.applications.models import Application

ANSWERS = {
    "company": "Siam Solutions", "website": "https://siam.example", "phone": "+66 2 000 0000",
    "street": "1 ถนนสุขุมวิท", "city": "กรุงเทพฯ", "postal_code": "10110", "state_province": "", "country": "TH",
    "expertise": "workplace", "experience": "We run mail for hotels.", "plan": "Ten hotels in a year.",
}


@pytest.fixture
def drafted(cast):
    """The newcomer's complete draft."""
    save_draft(cast.newcomer.ctx, ANSWERS, "th", "")
    return Application.get()


@pytest.fixture
def submitted(cast, drafted, programme):
    """The newcomer's application, waiting for a reviewer."""
    submit_application(cast.newcomer.ctx, programme.vendor.terms_version, "th")
    return Application.get()


@pytest.fixture
def questioned(cast, submitted):
    """The newcomer's application, waiting for an answer."""
    ask_applicant(cast.reviewer.ctx, submitted.public_id, "มีพนักงานกี่คน", submitted.version)
    return Application.get()


@pytest.fixture
def programme(make_ctx):
    return make_ctx().programme
