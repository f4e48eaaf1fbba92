"""One-time links: once, for a while, for one thing."""

import pytest

from portal.accounts.commands import issue_token, redeem
from portal.accounts.models import OneTimeToken
from portal.accounts.policy import Purpose, TokenRefused
from portal.core.ids import derive
from portal.storage import transaction


@pytest.fixture
def token(make_ctx, unconfirmed):
    """Issue a link of a purpose and return its token."""

    def issue(purpose=Purpose.VERIFY_EMAIL, **payload):
        with transaction():
            handle = issue_token(make_ctx(), purpose, unconfirmed, payload)
        return f"{handle}.{derive(make_ctx().secret, purpose, handle)}"

    return issue


def refused(ctx, token, purpose=Purpose.VERIFY_EMAIL):
    with pytest.raises(TokenRefused) as refusal:
        redeem(ctx, purpose, token)
    return refusal.value.message


def test_a_link_works_once_and_brings_what_it_carries(make_ctx, token, unconfirmed):
    link = token(next="/th/apply")
    used = redeem(make_ctx(), Purpose.VERIFY_EMAIL, link)
    assert (used.account, used.payload) == (unconfirmed, {"next": "/th/apply"})
    refused(make_ctx(), link)


def test_every_reason_has_the_same_answer(make_ctx, token, clock):
    used = token()
    redeem(make_ctx(), Purpose.VERIFY_EMAIL, used)
    older, fresh = token(), token()
    handle, _, secret = fresh.partition(".")
    answers = {refused(make_ctx(), link) for link in (
        used, older, "", ".", "unknown." + secret, handle, handle + ".", f"{handle}.{secret[:-1]}x", fresh + "x",
    )}
    answers.add(refused(make_ctx(), fresh, Purpose.RESET_PASSWORD))
    clock.advance(days=2)
    answers.add(refused(make_ctx(), fresh))
    assert len(answers) == 1


def test_a_link_works_until_its_last_second(make_ctx, token, clock):
    link = token(Purpose.RESET_PASSWORD)
    clock.advance(hours=2, seconds=-1)
    redeem(make_ctx(), Purpose.RESET_PASSWORD, link)


def test_a_refused_use_uses_nothing_up(make_ctx, token):
    link = token()
    refused(make_ctx(), link, Purpose.INVITATION)
    redeem(make_ctx(), Purpose.VERIFY_EMAIL, link)


def test_invitations_of_two_organizations_live_side_by_side(make_ctx, token):
    first, second = token(Purpose.INVITATION, user="a"), token(Purpose.INVITATION, user="b")
    assert redeem(make_ctx(), Purpose.INVITATION, first).payload == {"user": "a"}
    assert redeem(make_ctx(), Purpose.INVITATION, second).payload == {"user": "b"}


def test_the_database_cannot_open_the_door(token):
    handle, _, secret = token().partition(".")
    row = OneTimeToken.get(OneTimeToken.handle == handle)
    assert secret not in str(row.__data__)
