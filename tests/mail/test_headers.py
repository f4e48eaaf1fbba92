"""Subjects arrive as they were written, whatever their length and language; so do names of people."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage, Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.mail.policy import MAIL


def sent(subject: str, name: str = "Nobody") -> Message:
    mail = EmailMessage(policy=MAIL)
    mail["Subject"], mail["To"] = subject, Address(name, addr_spec="a@b.example")
    mail.set_content("text")
    data = mail.as_bytes()
    assert all(len(line) <= 78 for line in data.splitlines()), data
    return message_from_bytes(data, policy=policy.compat32)


def read(value: str) -> str:
    """What a mail program shows. The standard library's newer parser puts spaces into names that were folded."""
    return str(make_header(decode_header(value.replace("\r\n", "").replace("\n", ""))))


@pytest.mark.parametrize("text", [
    "ข้อมูลสำรองของ ณัฐวุฒิ พร้อมแล้ว", "ณัฐวุฒิ " * 12 + ".", "plain",
    "La copia de seguridad de José Peña está lista para descargarse en la consola de administración",
    "A plain subject that is a good deal longer than one line of a header may be, so that it is folded",
])
def test_no_space_of_a_subject_is_lost(text: str) -> None:
    assert read(sent(text)["Subject"]) == text


@pytest.mark.parametrize("name", ["ณัฐกานต์ ศรีสยาม", "José Peña", "Ada O’Neill", "Élodie Martin-Bélanger de La Rue"])
def test_names_arrive(name: str) -> None:
    assert read(sent("Hello", name)["To"]) == f"{name} <a@b.example>"


WORD = st.text(st.characters(codec="utf-8", categories=["L", "M", "N"]), min_size=1, max_size=30)


@given(st.lists(WORD, min_size=1, max_size=12))
def test_any_words(words: list[str]) -> None:
    assert read(sent(" ".join(words))["Subject"]) == " ".join(words)
