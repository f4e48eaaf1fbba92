"""What the codes of Partner Support are called; pages, files and mails translate them."""

from __future__ import annotations

from collections.abc import Mapping

from portal.core.words import N_

STATES: Mapping[str, str] = {
    "open": N_("Open with support"),
    "waiting": N_("Waiting for you"),
    "hold": N_("On hold"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
}
# As staff read them.
DESK_STATES: Mapping[str, str] = {**STATES, "open": N_("Open ticket"), "waiting": N_("Waiting for the partner")}

CHANNELS: Mapping[str, str] = {
    "help-center": N_("Partner Support help center"),
    "general": N_("General help center"),
    "email": N_("E-mail"),
    "phone": N_("Phone call"),
    "chat": N_("Chat conversation"),
}

CLOCKS: Mapping[str, str] = {
    "acknowledgement": N_("Acknowledgement"),
    "determination": N_("Issue determination"),
    "resolution": N_("Resolution"),
    "update": N_("Next update"),
}

CLOCK_STATES: Mapping[str, str] = {
    "running": N_("Clock is running"),
    "paused": N_("Paused"),
    "met": N_("Kept in time"),
    "late": N_("Late"),
    "void": N_("Ended early"),
    # As pages tell a clock that is running, or that is none.
    "soon": N_("Due soon"),
    "over": N_("Limit exceeded"),
    "none": N_("No published commitment"),
}

CAUSES: Mapping[str, str] = {
    "time": N_("Time ran out"),
    "reclassified": N_("It became late when its severity changed"),
}

# Why a ticket is S1-Critical, or why not; `severity` is the name of the severity of large accounts.
VERDICTS: Mapping[str, str] = {
    "large": N_("%(severity)s: the account of %(customer)s is large. User licenses that count: %(licenses)s. In the "
                "region %(region)s, large accounts begin at %(threshold)s."),
    "small": N_("Not %(severity)s: the account of %(customer)s is not large. User licenses that count: %(licenses)s. "
                "In the region %(region)s, large accounts begin at %(threshold)s."),
    "excluded-service": N_("Not %(severity)s: %(service)s has no priority support, because it is not measured by user "
                           "licenses. What counts there: %(measure)s."),
    "not-identified": N_("Not %(severity)s: the request names no customer. The primary e-mail address of the customer "
                         "is needed to see whether its account is large."),
    "not-found": N_("Not %(severity)s: the request names none of the partner's customers."),
    "ambiguous": N_("Not %(severity)s yet: the request fits %(count)s customers. Support chooses which one it is "
                    "about."),
    "email-missing": N_("Not %(severity)s yet: the request is about %(customer)s. Fill in the customer's primary "
                        "e-mail address, and the account is checked."),
    "email-other": N_("Not %(severity)s yet: the request is about %(customer)s, but its e-mail address is neither that "
                      "of the customer's super administrator nor of one of its verified domains. Correct it, and the "
                      "account is checked."),
}

# What became of a mail that came in, as staff read it.
MAIL_STATES: Mapping[str, str] = {
    "held": N_("Held for support"),
    "automatic": N_("Automatic mails"),
    "bounce": N_("Returned as undeliverable"),
    "filed": N_("Filed in a ticket"),
    "duplicate": N_("Came twice"),
    "stored": N_("Not read yet"),
    "discarded": N_("Discarded mails"),
}
# Why it is held; the codes are those of the rules of receiving.
HELD_REASONS: Mapping[str, str] = {
    "unknown-sender": N_("Nobody with this address works at a partner or takes part in the ticket."),
    "no-right": N_("The sender has an account, but may not write in this ticket, or open one."),
    "unauthenticated": N_("The mail server found that the mail does not come from whom it names as its sender."),
    "senders": N_("The mail names no sender, or more than one."),
    "partners": N_("The sender works at several partners, and the mail does not say for which it is."),
    "empty": N_("The mail has neither text nor files."),
    "ended": N_("The ticket takes no more messages: it was merged, or was spam."),
    "too-large": N_("The mail is larger than allowed."),
    "unreadable": N_("The mail could not be read."),
}
