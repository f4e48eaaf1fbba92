"""The payment gateway: cards are entered on its hosted page, and it is asked for money with one key per intent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

State = Literal["pending", "action", "succeeded", "declined"]


class GatewayDown(Exception):
    """The gateway did not answer, or not as agreed: the same question is asked again later, with the same key."""


class Refused(Exception):
    """The gateway will never do this; `code` says why in its own words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSignature(Exception):
    """Something claims to come from the gateway and does not."""


@dataclass(frozen=True, slots=True)
class Page:
    """A visit of the hosted page: the gateway's reference of it, and the address to send the person to."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A card that was entered: what we may keep of it."""

    customer: str
    token: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a charge. `url` is where the card's holder confirms it (`action`), `code` why it was declined."""

    state: State
    reference: str
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the gateway tells: about a charge (with its key and outcome), a hosted page, or neither."""

    id: str
    kind: str
    charge_key: str | None = None
    outcome: Outcome | None = None
    page: str | None = None  # reference of the hosted page that was finished


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom the gateway keeps a card; `id` is its own name for them, once it has one."""

    email: str
    name: str
    language: str
    id: str = ""


class Gateway(Protocol):
    """Every method is a network call (never inside a transaction) and may raise `GatewayDown`."""

    name: str

    def start_setup(self, key: str, payer: Payer, return_url: str) -> Page:
        """Open a hosted page for entering a card; the same key again is the same page."""

    def finish_setup(self, reference: str) -> Saved | None:
        """Return the card that was entered on a hosted page; None while it is open.

        Raises `Refused`: "cancelled" or "expired" when nothing can be entered there any more.
        """

    def charge(
        self, key: str, card: Saved, minor: int, currency: str, description: str, return_url: str
    ) -> Outcome:
        """Take money from a kept card without its holder; the same key again is the same charge.

        Raises `Refused`. `return_url` is where the holder goes on who has confirmed it on the gateway's page.
        """

    def find(self, key: str, card: Saved, since: datetime) -> Outcome | None:
        """Return the charge that was made with a key since then; None if there is none.

        Gateways remember the answer to a key for a day: who asks again later looks for the charge first.
        """

    def look_up(self, reference: str) -> Outcome:
        """Return what has become of a charge. Raises `Refused` when the gateway does not know it."""

    def cancel(self, reference: str) -> Outcome:
        """Give up a charge that still waits for its holder, and return what became of it: perhaps it was too late."""

    def refund(self, key: str, reference: str, minor: int) -> str:
        """Give a part of a charge back and return the refund's reference; the same key again is the same refund.

        Raises `Refused`.
        """

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Return what a webhook says; raises `BadSignature` unless the gateway has signed it lately. No network."""


class NoGateway:
    """No gateway is connected: cards cannot be entered and nothing can be charged."""

    name = "none"

    def start_setup(self, key: str, payer: Payer, return_url: str) -> Page:
        raise Refused("no_gateway")

    def finish_setup(self, reference: str) -> Saved | None:
        raise Refused("no_gateway")

    def charge(self, key: str, card: Saved, minor: int, currency: str, description: str, return_url: str) -> Outcome:
        raise Refused("no_gateway")

    def find(self, key: str, card: Saved, since: datetime) -> Outcome | None:
        raise Refused("no_gateway")

    def look_up(self, reference: str) -> Outcome:
        raise Refused("no_gateway")

    def cancel(self, reference: str) -> Outcome:
        raise Refused("no_gateway")

    def refund(self, key: str, reference: str, minor: int) -> str:
        raise Refused("no_gateway")

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise BadSignature


@dataclass
class FakeGateway:
    """A gateway in memory for fast tests: `decline[token]` or `action[token]` says what charging a card does.

    While `down` is set it raises `GatewayDown`; with `swallow` it does what it is asked and then seems down.
    """

    name: str = "fake"
    decline: dict[str, str] = field(default_factory=dict)
    action: set[str] = field(default_factory=set)
    down: bool = False
    swallow: bool = False
    pages: dict[str, str] = field(default_factory=dict)  # reference -> key
    entered: dict[str, Saved | None] = field(default_factory=dict)  # what was entered on a page; None: cancelled
    charges: dict[str, Outcome] = field(default_factory=dict)  # by key
    amounts: dict[str, tuple[int, str]] = field(default_factory=dict)
    refunds: dict[str, tuple[str, int]] = field(default_factory=dict)

    def start_setup(self, key: str, payer: Payer, return_url: str) -> Page:
        self._answer()
        reference = f"page-{key}"
        self.pages[reference] = key
        return self._after(Page(reference, f"https://cards.example/{reference}"))

    def finish_setup(self, reference: str) -> Saved | None:
        self._answer()
        if reference not in self.entered:
            return None
        saved = self.entered[reference]
        if saved is None:
            raise Refused("cancelled")
        return saved

    def charge(self, key: str, card: Saved, minor: int, currency: str, description: str, return_url: str) -> Outcome:
        self._answer()
        if key not in self.charges:
            reference = f"charge-{len(self.charges) + 1}-{key}"
            self.amounts[key] = (minor, currency)
            if card.token in self.action:
                self.charges[key] = Outcome("action", reference, url=f"https://cards.example/confirm/{reference}")
            elif card.token in self.decline:
                self.charges[key] = Outcome("declined", reference, self.decline[card.token])
            else:
                self.charges[key] = Outcome("succeeded", reference)
        return self._after(self.charges[key])

    def find(self, key: str, card: Saved, since: datetime) -> Outcome | None:
        self._answer()
        return self.charges.get(key)

    def look_up(self, reference: str) -> Outcome:
        self._answer()
        return next(outcome for outcome in self.charges.values() if outcome.reference == reference)

    def cancel(self, reference: str) -> Outcome:
        self._answer()
        self.confirm(reference, "declined", "cancelled")
        return self.look_up(reference)

    def confirm(self, reference: str, state: State = "succeeded", code: str = "") -> None:
        """Let the card's holder answer what a charge waits for; one that was decided stays as it is."""
        key = next(key for key, outcome in self.charges.items() if outcome.reference == reference)
        if self.charges[key].state == "action":
            self.charges[key] = Outcome(state, reference, code)

    def refund(self, key: str, reference: str, minor: int) -> str:
        self._answer()
        self.refunds.setdefault(key, (reference, minor))
        return self._after(f"refund-{key}")

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        raise BadSignature

    @property
    def taken(self) -> int:
        """Sum of what was taken, in minor units of whatever currency."""
        return sum(self.amounts[key][0] for key, outcome in self.charges.items() if outcome.state == "succeeded")

    def _answer(self) -> None:
        if self.down:
            raise GatewayDown

    def _after(self, result: Any) -> Any:
        if self.swallow:
            raise GatewayDown
        return result
