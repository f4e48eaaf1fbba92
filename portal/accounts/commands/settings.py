"""A person's own settings."""

from __future__ import annotations

from portal import audit
from portal.accounts.models import Account
from portal.accounts.policy import CALENDARS, normalize_name
from portal.core.context import Ctx
from portal.core.countries import time_zones, zones
from portal.core.errors import DomainError
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command


@command(P.ACCOUNT_SETTINGS)
def change_settings(ctx: Ctx, name: str, language: str, time_zone: str, country: str, calendar: str = "") -> None:
    """Store the actor's own settings; `country` is an ISO code or empty, `calendar` one of `policy.CALENDARS`.

    Raises `DomainError` beside the field.
    """
    name = normalize_name(name)
    if not name:
        raise DomainError(N_("This field is required."), field="name")
    for field, value, known in (("language", language, LANGUAGES), ("time_zone", time_zone, time_zones()),
                                ("country", country, {"", *zones()}), ("calendar", calendar, CALENDARS)):
        if value not in known:
            raise DomainError(N_("Not a valid choice."), field=field)
    Account.update(name=name, language=language, time_zone=time_zone, country=country, calendar=calendar).where(
        Account.id == ctx.actor.account_id
    ).execute()
    audit.record(ctx, "account.settings-changed", language=language, time_zone=time_zone, country=country,
                 calendar=calendar)
