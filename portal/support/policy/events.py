"""What happens to tickets: the kinds of events, who may see them, and what each means for the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event. `clocks`: what it is in the fold over clocks; empty, nothing.

    `public`: partners see it. What may be either says so on the event itself.
    """

    public: bool
    clocks: str = ""


# The words of each are in `support.words`.
KINDS: Mapping[str, Kind] = {
    "opened": Kind(True),  # by the partner, or logged by staff; body: the description
    "partner-reply": Kind(True),
    "staff-reply": Kind(True, "answered"),  # a public answer
    "call": Kind(True, "answered"),  # a logged call or chat; body: what was said, as the partner may read it
    "note": Kind(False),  # internal
    "automatic": Kind(False),  # a mail that a machine wrote: filed, nothing follows
    "determined": Kind(True, "determined"),  # the issue is determined; body: what it is
    "promised": Kind(True, "promised"),  # data.until: when the next update is owed
    "waiting": Kind(True, "paused"),  # for the partner; body: the reason
    "held": Kind(True, "paused"),  # on hold; body: the reason
    "resumed": Kind(True, "resumed"),
    "resolved": Kind(True, "resolved"),
    "closed": Kind(True, "closed"),
    "reopened": Kind(True, "reopened"),
    "severity": Kind(True, "severity"),  # data.severity, data.before, data.source
    "classified": Kind(True),  # data: verdict, params, priority
    "identified": Kind(True),  # data.before, data.after of customer e-mail, user id, organization id, service
    "customer-chosen": Kind(False),
    "assigned": Kind(False),
    "merged": Kind(True, "ended"),  # into another; data.number
    "absorbed": Kind(True),  # another was merged into this one
    "linked": Kind(False),
    "unlinked": Kind(False),
    "spam": Kind(False, "ended"),
    "warned": Kind(False),
    "breached": Kind(True),  # data.clock, data.cycle, data.cause
    "unreachable": Kind(False),  # a mail to a participant bounced
    "rated": Kind(True),
}
CLOCK_KINDS = tuple(kind for kind, about in KINDS.items() if about.clocks)
