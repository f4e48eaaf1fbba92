"""Which mail policy counts, what may stand in one, and where a partner may forward."""

from __future__ import annotations

import pytest

from portal.core.errors import DomainError
from portal.mailpolicies.policy import (
    Candidate,
    Rules,
    Source,
    checked,
    effective,
    forward_address,
    new_forwards,
    sender_pattern,
)

OWN = Candidate("own", "Own", 9, Source.USER)
SALES = Candidate("sales", "Sales", 2, Source.GROUP, "Sales")
BOARD = Candidate("board", "Board", 1, Source.GROUP, "Board")
EVERYBODY = Candidate("default", "Everybody", 3, Source.DEFAULT)
RULES = Rules("Standard", 25, "off", True, None)


@pytest.mark.parametrize(("candidates", "winner", "others"), [
    ([], None, []),
    ([EVERYBODY], EVERYBODY, []),
    ([SALES], SALES, []),
    ([EVERYBODY, SALES], SALES, [EVERYBODY]),
    ([SALES, BOARD], BOARD, [SALES]),
    ([SALES, EVERYBODY, BOARD], BOARD, [SALES, EVERYBODY]),
    ([EVERYBODY, BOARD, OWN], OWN, [BOARD, EVERYBODY]),
    ([BOARD, SALES, OWN], OWN, [BOARD, SALES]),
])
def test_which_policy_counts(candidates, winner, others) -> None:
    found = effective(candidates)
    assert found.winner == winner
    assert [other for other, _ in found.others] == others
    assert effective(reversed(candidates)) == found


@pytest.mark.parametrize(("winner", "other", "why"), [
    (OWN, BOARD, "assigned to the user"),
    (OWN, EVERYBODY, "assigned to the user"),
    (BOARD, SALES, "higher in the list"),
    (BOARD, EVERYBODY, "more than the default"),
    (BOARD, Candidate("board", "Board", 1, Source.GROUP, "Managers"), "counts already"),
    (BOARD, Candidate("board", "Board", 1, Source.DEFAULT), "counts already"),
])
def test_why_the_others_do_not_count(winner, other, why) -> None:
    ((_, words),) = effective([winner, other]).others
    assert why in words


@pytest.mark.parametrize(("typed", "stored"), [
    ("news@shop.example", "news@shop.example"),
    ("  News@SHOP.example ", "news@shop.example"),
    ("@Shop.Example", "@shop.example"),
    ("@ร้าน.ไทย", "@xn--q3ct9b5e.xn--o3cw4h"),
])
def test_senders_are_stored_in_one_spelling(typed, stored) -> None:
    assert sender_pattern(typed) == stored


@pytest.mark.parametrize("typed", [
    "shop.example", "@", "@shop", "a b@shop.example", "*@shop.example x", "a@b@c.example", "@shop..example",
    "ü@shop.example", "x" * 300 + "@shop.example",
])
def test_what_is_no_sender(typed) -> None:
    with pytest.raises(DomainError, match=r"neither an address"):
        sender_pattern(typed)


def test_a_whole_domain_is_nowhere_to_forward_to() -> None:
    with pytest.raises(DomainError, match=r"@shop\.example"):
        forward_address("@shop.example")


def rules(**other) -> Rules:
    return Rules(**{name: other.get(name, getattr(RULES, name)) for name in Rules.__dataclass_fields__})


@pytest.mark.parametrize(("other", "field"), [
    ({"name": " \u200b "}, "name"),
    ({"name": "n" * 81}, "name"),
    ({"attachment_mb": -1}, "attachment_mb"),
    ({"attachment_mb": 101}, "attachment_mb"),
    ({"retention_days": 0}, "retention_days"),
    ({"retention_days": 36_501}, "retention_days"),
    ({"forwarding": "sometimes"}, "forwarding"),
    ({"allowed": ["nobody"]}, "allowed"),
    ({"blocked": ["nobody"]}, "blocked"),
    ({"allowed": ["A@b.example"], "blocked": ["a@b.example"]}, "blocked"),
    ({"forwards": ["@b.example"]}, "forwards"),
    ({"forwards": [f"u{n}@b.example" for n in range(21)]}, "forwards"),
    ({"blocked": [f"@d{n}.example" for n in range(300)], "allowed": [f"@e{n}.example" for n in range(201)]},
     "blocked"),
])
def test_what_cannot_stand_in_a_policy(other, field) -> None:
    _, faults = checked(rules(**other))
    assert [fault.field for fault in faults] == [field]


def test_the_limits_themselves_are_fine() -> None:
    full = rules(name="n" * 80, attachment_mb=100, retention_days=36_500,
                 blocked=[f"@d{n}.example" for n in range(500)], forwards=[f"u{n}@b.example" for n in range(20)])
    assert checked(full)[1] == []


def test_every_bad_line_is_named_and_the_good_ones_are_read_once() -> None:
    read, faults = checked(rules(blocked=["b@x.example", "one", "", "@a.example", " B@X.example", "two"]))
    assert read.blocked == ["@a.example", "b@x.example"]
    assert ["one" in str(faults[0]), "two" in str(faults[1])] == [True, True]


def test_a_partner_adds_no_forward() -> None:
    there, away, within = "a@siam.example", "a@elsewhere.example", "b@siam.example"
    refused = new_forwards(rules(forwards=[there, away, within]), [there])
    assert [fault.params["text"] for fault in refused] == [away, within]
    assert "own administrators" in str(refused[0])
    assert new_forwards(rules(forwards=[]), [there]) == [], "taking one away is no harm"
