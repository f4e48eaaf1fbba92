"""Files of tickets: who may have them, and what becomes of those that were never sent."""

from __future__ import annotations

import pytest

from portal.core.errors import DomainError, NotFound
from portal.support.commands.answering import answer, note
from portal.support.commands.attachments import upload, upload_as_staff
from portal.support.commands.conversation import reply
from portal.support.models import Attachment
from portal.support.policy.files import MEGABYTE
from portal.support.queries.partner import attachment, opened, unsent
from tests.support.partners import asked, helped


def names(ctx, ticket):
    return [[file.name for file in line.files] for line in opened(ctx, ticket.public_id).thread if line.files]


def test_files_belong_to_what_they_were_sent_with(cast):
    ctx = cast.admin.ctx
    first, second = (upload(ctx, name, b"x") for name in ("../../etc/one.txt", "two.png"))
    ticket = asked(cast.admin, attachments=[first.public_id, second.public_id])
    more = upload(ctx, "three.txt", b"y")
    reply(ctx, ticket.public_id, "One more.", [more.public_id])
    assert names(ctx, ticket) == [["one.txt", "two.png"], ["three.txt"]]
    assert attachment(ctx, ticket.public_id, first.public_id).content == b"x"
    assert unsent(ctx, [first.public_id]) == []


def test_nobody_takes_another_s_file(cast):
    theirs = upload(cast.colleague.ctx, "secret.txt", b"x")
    assert unsent(cast.admin.ctx, [theirs.public_id]) == []
    ticket = asked(cast.admin, attachments=[theirs.public_id])
    assert names(cast.admin.ctx, ticket) == []
    with pytest.raises(NotFound):
        attachment(cast.admin.ctx, ticket.public_id, theirs.public_id)
    assert Attachment.get_by_id(theirs.id).event_id is None


def test_a_file_that_is_sent_stays_where_it_is(cast):
    file = upload(cast.admin.ctx, "a.txt", b"x")
    first = asked(cast.admin, attachments=[file.public_id])
    second = asked(cast.admin, subject="Other", attachments=[file.public_id])
    assert names(cast.admin.ctx, first) == [["a.txt"]]
    assert names(cast.admin.ctx, second) == []


def test_files_of_notes_are_the_staff_s_alone(cast):
    ticket = asked(cast.admin)
    staff = cast.reviewer.ctx
    inside, outside = (upload_as_staff(staff, name, b"x") for name in ("inside.txt", "outside.txt"))
    note(staff, ticket.public_id, "See file.", [inside.public_id])
    answer(staff, ticket.public_id, "See file.", files=[outside.public_id])
    assert names(cast.admin.ctx, ticket) == [["outside.txt"]]
    with pytest.raises(NotFound):
        attachment(cast.admin.ctx, ticket.public_id, inside.public_id)
    assert attachment(cast.admin.ctx, ticket.public_id, outside.public_id).name == "outside.txt"


def test_a_file_is_had_by_its_own_ticket_and_by_whom_that_is_for(cast):
    file = upload(cast.admin.ctx, "a.txt", b"x")
    ticket, other = asked(cast.admin, attachments=[file.public_id]), asked(cast.admin, subject="Other")
    with pytest.raises(NotFound):
        attachment(cast.admin.ctx, other.public_id, file.public_id)
    for person in (cast.colleague, helped(cast.outsider)):
        with pytest.raises(NotFound):
            attachment(person.ctx, ticket.public_id, file.public_id)
    assert attachment(helped(cast.colleague).ctx, ticket.public_id, file.public_id).name == "a.txt"


@pytest.mark.parametrize(("size", "fine"), [(0, False), (1, True), (10 * MEGABYTE, True), (10 * MEGABYTE + 1, False)])
def test_sizes(cast, size, fine):
    if fine:
        assert upload(cast.admin.ctx, "a.bin", b"x" * size).size == size
    else:
        with pytest.raises(DomainError, match="bin"):
            upload(cast.admin.ctx, "a.bin", b"x" * size)


def test_too_many_files_send_nothing(cast):
    files = [upload(cast.admin.ctx, f"{number}.txt", b"x").public_id for number in range(6)]
    with pytest.raises(DomainError) as refused:
        asked(cast.admin, attachments=files)
    assert refused.value.field == "attachments"
    assert len(unsent(cast.admin.ctx, files)) == 6, "none is lost"
