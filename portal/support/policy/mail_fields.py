"""Fields that partners fill in when they write to support by the template: whose ticket it is (S4.23, S4.30, S4.38)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from portal.accounts.policy import normalize_email
from portal.core.folding import fold

# Words of a label in the four languages, folded: one of each group makes a line the field.
_CUSTOMER = ("customer", "client", "cliente", "ลูกค้า")
_MAIL = ("mail", "correo", "courriel", "อีเมล")
_SERVICE = ("service", "servicio", "บริการ")
_ORGANIZATION, _USER = ("zoid", "zgid"), ("zuid",)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'*]{1,64}@[^\s<>()\[\],;:\"'*]{1,253}")
_NUMBER = re.compile(r"[A-Za-z0-9-]{3,64}")
_LINES, _LINE_MAX = 400, 300


def fields_of(text: str, services: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a mail fills in; `services` are folded names with their codes. Twice differently: none."""
    found: dict[str, set[str]] = {}
    for label, value in _labeled(text):
        name, said = _field(label, value, services)
        if said:
            found.setdefault(name, set()).add(said)
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def _labeled(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and after the first colon of each line, or on the line below it."""
    lines = [line.strip(" *\t\u00a0") for line in text.splitlines()[:_LINES]]
    for n, line in enumerate(lines):
        label, colon, value = line[:_LINE_MAX].partition(":")
        if colon and not line.startswith(">"):
            below = next((one for one in lines[n + 1 : n + 3] if one), "")
            yield fold(label), value.strip(" *\u00a0") or ("" if ":" in below else below[:_LINE_MAX])


def _field(label: str, value: str, services: Mapping[str, str]) -> tuple[str, str]:
    def names(*groups: tuple[str, ...]) -> bool:
        return all(any(word in label for word in map(fold, group)) for group in groups)

    if names(_CUSTOMER, _MAIL):
        addresses = _ADDRESS.findall(value.replace("mailto:", " "))
        return "customer_email", normalize_email(addresses[0].rstrip(".")) if addresses else ""
    if names(_ORGANIZATION) or names(_USER):
        number = _NUMBER.fullmatch(value)
        return "service_org" if names(_ORGANIZATION) else "service_user", number[0] if number else ""
    if names(_SERVICE):
        return "service", services.get(fold(value), "")
    return "", ""


def lone_address(text: str, sender: str) -> str:
    """Return the address that stands on a line of its own, if there is one that is not of the sender's own domain.

    So people answer when they are asked for the customer's address (S4.23).
    """
    domain = sender.rpartition("@")[2]
    lines = (line.strip(" *\t\u00a0").removeprefix("mailto:") for line in text.splitlines()[:_LINES])
    found = {normalize_email(line) for line in lines if len(line) <= _LINE_MAX and _ADDRESS.fullmatch(line)}
    others = {address for address in found if address.rpartition("@")[2] != domain}
    return others.pop() if len(others) == 1 else ""
