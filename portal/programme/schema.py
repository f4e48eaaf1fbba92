"""The shape of a programme file: frozen dataclasses whose annotations are also its validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from portal.programme.billing import Billing
from portal.programme.checks import Covers, Distinct, Filled, Ref
from portal.programme.commission import Commission
from portal.programme.entry import (
    BrokenRules,
    Code,
    Count,
    CountryCode,
    CurrencyCode,
    Days,
    Email,
    Entry,
    MinorUnits,
    Period,
    UpperCode,
    Url,
)
from portal.programme.support import Calendar, Severity, Support
from portal.programme.text import Text


@dataclass(frozen=True, kw_only=True)
class Contact(Entry):
    """An address that help pages and mails may show."""

    code: str
    name: Text
    email: Email


@dataclass(frozen=True, kw_only=True)
class Identifiers(Entry):
    """What the vendor calls the numbers of a user, an organization and a group, which tickets quote (S4.15, S4.30)."""

    user: str
    organization: str
    group: str


@dataclass(frozen=True, kw_only=True)
class Vendor(Entry):
    """Who runs the programme, and the terms that an applicant accepts (S0.8)."""

    name: str
    product: str
    suite: str
    legal_name: str
    url: Url
    sign_up_url: Url
    guidelines_url: Url | None = None
    partners_url: Url | None = None  # another way into its help for partners (S4.28)
    help_email: Email
    contacts: Mapping[Code, Contact]
    identifiers: Identifiers | None = None
    terms_version: str
    terms: Text
    terms_url: Url | None = None
    terms_example: bool = False


@dataclass(frozen=True, kw_only=True)
class DataCenter(Entry):
    """Where accounts are kept; `host` is the domain on which they sign in."""

    code: str
    name: Text
    host: str


@dataclass(frozen=True, kw_only=True)
class Region(Entry):
    """Where a partner is located, and the channels that serve it (S4.26-36, D13).

    `assumed` flags channels that the vendor has not published; without `portal_channels`, e-mail is the only one.
    """

    code: str
    name: Text
    countries: tuple[CountryCode, ...]
    data_center: Annotated[str, Ref("data_centers")]
    portal_base: Url
    help_center_base: Url
    support_email: Email
    calendar: Annotated[str, Ref("calendars")]
    large_account_licenses: Count
    large_account_example: bool = False
    portal_channels: bool = True
    assumed: bool = False


@dataclass(frozen=True, kw_only=True)
class Category(Entry):
    """A shelf of the catalog; the order of the file is the order of the page."""

    code: str
    name: Text


@dataclass(frozen=True, kw_only=True)
class Addon(Entry):
    """Something sold on top of a service; `measured_by` says what counts where user licenses do not (S4.9)."""

    code: str
    name: Text
    priority_support: bool = True
    measured_by: Text | None = None

    def broken_rules(self) -> BrokenRules:
        return reason_is_given(self.priority_support, self.measured_by)


@dataclass(frozen=True, kw_only=True)
class Service(Entry):
    """A product of the vendor; one without priority support says what it is measured by (S4.6-12)."""

    code: str
    name: Text
    description: Text
    categories: Annotated[tuple[Annotated[str, Ref("categories")], ...], Filled()]
    suite: bool = False
    free: bool = False
    priority_support: bool = True
    measured_by: Text | None = None
    addons: Mapping[Code, Addon] = field(default_factory=dict)

    def broken_rules(self) -> BrokenRules:
        return reason_is_given(self.priority_support, self.measured_by)


def reason_is_given(priority_support: bool, measured_by: Text | None) -> BrokenRules:
    """The reason for an exclusion must be displayed, so it must exist (S4.12)."""
    if not priority_support and measured_by is None:
        yield "measured_by", "is missing without priority support: say what is counted instead of user licenses"


@dataclass(frozen=True, kw_only=True)
class Plan(Entry):
    """A plan of a service; a higher `rank` is an upgrade. Prices: minor units per license and period.

    What has `trial` can be tried; with `console`, the Partner Console adds customers on it.
    """

    code: str
    service: Annotated[str, Ref("services")]
    name: Text
    rank: Count
    storage_gb: Count
    trial: bool = False
    console: bool = False
    example: bool = False
    prices: Annotated[
        Mapping[Annotated[str, Ref("currencies")], Annotated[Mapping[Period, MinorUnits], Filled()]],
        Covers("currencies"),
    ]


@dataclass(frozen=True, kw_only=True)
class Currency(Entry):
    """A currency of the price list and the countries that are billed in it."""

    code: str
    countries: tuple[CountryCode, ...]


@dataclass(frozen=True, kw_only=True)
class Trial(Entry):
    """Length of a trial in days (S2.29-32): all extensions together end at `max_days` in total (G2).

    `grace_days` is how long after its end a trial may still be extended (G3).
    """

    initial_days: Count
    extension_days: Count
    max_days: Count
    grace_days: Days

    def broken_rules(self) -> BrokenRules:
        extensions, rest = divmod(self.max_days - self.initial_days, self.extension_days)
        below = self.initial_days + extensions * self.extension_days
        if self.max_days < self.initial_days:
            yield "max_days", f"{self.max_days} is below initial_days: use {self.initial_days} or more"
        elif rest:
            choice = f"use {below} or {below + self.extension_days}"
            yield "max_days", f"{self.max_days} is not initial_days plus whole extensions: {choice}"


@dataclass(frozen=True, kw_only=True)
class Expertise(Entry):
    """A choice of *Primary expertise/interest*; some open the Partner Console (S0.6, S0.21)."""

    code: str
    name: Text
    opens_console: bool


@dataclass(frozen=True, kw_only=True)
class Application(Entry):
    """Terms of a partner application: the answer is due after `review_days` calendar days (S0.9, G15)."""

    review_days: Count
    partner_kind: Literal["reseller", "referral"]
    expertises: Annotated[Mapping[Code, Expertise], Filled()]


@dataclass(frozen=True, kw_only=True)
class Delegation(Entry):
    """Terms of administration on behalf of a customer: may the customer consent to one forbidden task, once?

    A partner's question for it stands for `consent_hours`.
    """

    one_task_consent: bool
    consent_hours: Count = 72


TaskRole = Literal[
    "partner-super-admin", "partner-admin", "partner-sales", "partner-billing", "partner-support", "partner-reader",
    "staff-reviewer", "staff-support", "staff-support-lead", "staff-finance", "staff-admin",
]


@dataclass(frozen=True, kw_only=True)
class Security(Entry):
    """Who must sign in with a second factor, and after how many minutes somebody proves anew that it is them."""

    second_factor_for: tuple[TaskRole, ...]
    step_up_minutes: Count


@dataclass(frozen=True, kw_only=True)
class Relations(Entry):
    """Terms under which customers come to partners, move and leave; all in days.

    How long a partner's code, a customer's token (S0.14) and a partner's question are good for; how far ahead a
    customer may set the day of a move; how long it may take back that it leaves; the notice that a partner gives, and
    the vendor when it terminates a partner; until when a change can be disputed.
    """

    code_days: Count
    token_days: Count
    request_days: Count
    move_within_days: Count
    cooling_off_days: Days
    partner_notice_days: Days
    vendor_notice_days: Days
    dispute_days: Count


@dataclass(frozen=True, kw_only=True)
class Retention(Entry):
    """How many days each kind of record is kept after it has served its purpose.

    `erasure_wait` is how long somebody may change their mind who has asked to be erased.
    """

    draft_applications: Count
    declined_applications: Count
    ended_sessions: Count
    expired_tokens: Count
    sent_mail: Count
    received_mail: Count
    unsent_attachments: Count
    import_files: Count
    backups: Count
    exports: Count
    finished_jobs: Count
    devices: Count
    ended_offers: Count
    data_exports: Count
    help_answers: Count
    erasure_wait: Days
    audit: Count


@dataclass(frozen=True, kw_only=True)
class Programme(Entry):
    """All rules of one vendor; what the portal's code does not decide by itself."""

    vendor: Vendor
    trial: Trial
    application: Application
    data_centers: Mapping[Code, DataCenter]
    regions: Annotated[Mapping[UpperCode, Region], Distinct(("countries",))]
    default_region: Annotated[str, Ref("regions", flag="assumed")]
    categories: Mapping[Code, Category]
    services: Mapping[Code, Service]
    currencies: Annotated[Mapping[CurrencyCode, Currency], Distinct(("countries",))]
    default_currency: Annotated[str, Ref("currencies")]
    plans: Annotated[Mapping[Code, Plan], Distinct(("service", "rank"))]
    severities: Annotated[Mapping[UpperCode, Severity], Filled()]
    support: Support
    calendars: Mapping[Code, Calendar]
    commission: Commission
    billing: Billing
    delegation: Delegation
    security: Security
    relations: Relations
    retention: Retention

    def region_for_country(self, country: str) -> Region:
        """The region of an ISO 3166 country; the flagged default where no region lists it (S4.35-36, D13)."""
        listed = (region for region in self.regions.values() if country.upper() in region.countries)
        return next(listed, self.regions[self.default_region])

    def currency_for_country(self, country: str) -> str:
        """The ISO 4217 code in which a customer of this country is billed; the default where none lists it."""
        listed = (code for code, currency in self.currencies.items() if country.upper() in currency.countries)
        return next(listed, self.default_currency)
