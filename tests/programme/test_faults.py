"""A programme file with faults is refused with all of them at once: file, key, what is wrong, remedy."""

from pathlib import Path

import pytest

from portal.programme import ProgrammeError, load

ACME = Path(__file__).with_name("acme.toml").read_text(encoding="utf-8")


def faults(folder: Path, source: str, languages: tuple[str, ...] = ("en", "es", "fr", "th")) -> list[str]:
    file = folder / "acme.toml"
    file.write_text(source, encoding="utf-8")
    with pytest.raises(ProgrammeError) as refused:
        load(file, languages)
    assert str(refused.value) == "\n".join(refused.value.faults)
    return str(refused.value).split("\n")


def changed(old: str, new: str) -> str:
    assert ACME.count(old) == 1, f"{old!r} must stand once in the sound file"
    return ACME.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        # The keys of a table.
        ("max_days = 30\n", "", "trial.max_days: is missing: add a whole number"),
        ("grace_days = 2", "grace_days = 2\nmax_day = 9", "trial.max_day: is not known: did you mean max_days?"),
        ("[delegation]", "[delegation]\ncolor = 1",
         "delegation.color: is not known: use one of one_task_consent, consent_hours"),
        ('terms_version = "7"\n', "", "vendor.terms_version: is missing: add a text in quotes"),
        ('partner_kind = "referral"', "", "application.partner_kind: is missing: add one of reseller, referral"),
        ('countries = ["CH", "LI"]', "", "currencies.CHF.countries: is missing: add a list in brackets"),
        (
            "effective_from = 2025-07-01",
            "",
            "commission.schedules[0].effective_from: is missing: add a date such as 2026-01-31",
        ),
        # One value.
        ("max_days = 30", 'max_days = "30"', "trial.max_days: '30' is not a whole number: use a whole number"),
        ("max_days = 30", "max_days = true", "trial.max_days: true is not a whole number: use a whole number"),
        ("[delegation]", "[[delegation]]", "delegation: a list in brackets is not a table: use a table"),
        ("grace_days = 2", "grace_days = -1", "trial.grace_days: -1 is too small: use 0 or more"),
        (
            "default = 700",
            "default = 70000",
            "commission.schedules[0].rates.base.default: 70000 is too large: use 10000 or less",
        ),
        ('"Acme Works AG"', '" "', "vendor.legal_name: is blank: write some words"),
        (
            "help@acme.example",
            "help",
            "vendor.help_email: 'help' has the wrong form: use an address such as help@vendor.example",
        ),
        (
            "https://acme.example/join",
            "http://acme.example",
            "vendor.sign_up_url: 'http://acme.example' has the wrong"
            " form: use an https:// address without a slash at the end",
        ),
        (
            '"AT", "CH"',
            '"UK", "CH"',
            "regions.ALPS.countries[0]: 'UK' has the wrong form: use an ISO 3166 code such as"
            " MX (the United Kingdom is GB)",
        ),
        (
            "[regions.ALPS]",
            "[regions.alps]",
            "regions.alps: 'alps' has the wrong form: use upper-case letters and digits",
        ),
        ('"referral"', '"reseler"', "application.partner_kind: 'reseler' is not known: did you mean reseller?"),
        (
            "{ yearly = 9900 }",
            "{ weekly = 9900 }",
            "plans.solo.prices.CHF.weekly: 'weekly' is not known: use one of monthly, yearly",
        ),
        ("{ yearly = 9900 }", "{}", "plans.solo.prices.CHF: is empty: add at least one entry"),
        (
            '"Europe/Zurich"',
            '"Europe/Zurych"',
            "calendars.bern.tz: 'Europe/Zurych' is not a time zone: did you mean Europe/Zurich?",
        ),
        (
            "2025-07-01",
            '"soon"',
            "commission.schedules[0].effective_from: 'soon' is not a date such as 2026-01-31: use"
            " a date such as 2026-01-31",
        ),
        # Languages.
        (
            'name.fr = "Image"\n',
            "",
            "categories.picture.name: the translation into 'fr' is missing: add categories.picture.name.fr",
        ),
        ('name.th = "ภาพ"', 'name.th = ""', "categories.picture.name.th: is blank: write some words"),
        (
            'name.th = "ภาพ"',
            'name.th = "ภาพ"\nname.de = "Bild"',
            "categories.picture.name.de: is not known: use one of en, es, fr, th",
        ),
        # From one table to another.
        (
            'calendar = "bern"\nportal_base = "https://partners.acme.example"\nhelp_center_base ='
            ' "https://help.acme.example"\nsupport_email = "alps',
            'calendar = "brn"\nportal_base ='
            ' "https://partners.acme.example"\nhelp_center_base = "https://help.acme.example"\nsupport_email = "alps',
            "regions.ALPS.calendar: 'brn' is not in calendars: did you mean bern?",
        ),
        (
            'name = "Solo"',
            'name = "Solo"\nprices.EUR = { yearly = 1 }',
            "plans.solo.prices.EUR: 'EUR' is not in currencies: use one of CHF",
        ),
        (
            "prices.CHF = { yearly = 9900 }",
            "prices = {}",
            "plans.solo.prices: CHF is missing: add it, because currencies has it",
        ),
        (
            '"WORLD"\ndefault',
            '"ALPS"\ndefault',
            "default_region: 'ALPS' is not assumed: set regions.ALPS.assumed to true, or use another entry",
        ),
        (
            'large_account_severity = "RED"',
            'large_account_severity = "S1"',
            "support.large_account_severity: 'S1' is not in severities: use one of RED",
        ),
        (
            "{ renderer = 250 }",
            "{ render = 250 }",
            "commission.schedules[1].rates.base.services.render: 'render' is not in services: did you mean renderer?",
        ),
        ("countries = []", 'countries = ["LI"]', "regions: ALPS and WORLD both have countries LI: change one of them"),
        ("rank = 2", "rank = 1", "plans: solo and crew both have service cutter, rank 1: change one of them"),
        # Between the values of one table.
        (
            "max_days = 30",
            "max_days = 28",
            "trial.max_days: 28 is not initial_days plus whole extensions: use 25 or 30",
        ),
        ("max_days = 30", "max_days = 5", "trial.max_days: 5 is below initial_days: use 10 or more"),
        ("limit = 4", "limit = 1", "severities.RED.acknowledgement.limit: 1 is below aim: use 2 or more"),
        (
            "end = 12:00:00",
            "end = 07:00:00",
            "calendars.bern.shifts[0].end: 07:00:00 is not after start: use a time after 08:00:00, or two shifts",
        ),
        (
            "start = 13:00:00",
            "start = 11:00:00",
            "calendars.bern.shifts: two shifts overlap on mon: begin the later one at or after 12:00:00",
        ),
        (
            'default_tier = "base"',
            'default_tier = "bas"',
            "commission.default_tier: 'bas' is not in tiers: did you mean base?",
        ),
        (
            "suite = true",
            "priority_support = false",
            "services.cutter.measured_by: is missing without priority support:"
            " say what is counted instead of user licenses",
        ),
    ],
)
def test_one_fault_has_one_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert faults(tmp_path, changed(old, new)) == [f"acme.toml: {fault}"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("start = 13:00:00", "start = 12:00:00"),  # the second shift begins when the first one ends
        ("max_days = 30", "max_days = 10"),  # a trial without extensions
        ("limit = 4", "limit = 2"),
        ("grace_days = 2", "grace_days = 0"),
        ("rank = 2", "rank = 9"),
        ('name = "Solo"', 'name = { en = "Solo", es = "Solo", fr = "Solo", th = "โซโล" }'),
    ],
)
def test_a_limit_itself_is_allowed(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(changed(old, new), encoding="utf-8")
    assert load(file).vendor.name == "Acme"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    source = (
        changed("max_days = 30", "max_days = 28").replace("rank = 2", "rank = 0").replace('tz = "Europe', 'zone = "')
    )
    assert faults(tmp_path, source) == [
        "acme.toml: trial.max_days: 28 is not initial_days plus whole extensions: use 25 or 30",
        "acme.toml: plans.crew.rank: 0 is too small: use 1 or more",
        "acme.toml: calendars.bern.zone: is not known: use one of tz, holiday_country, shifts",
        "acme.toml: calendars.bern.tz: is missing: add a text in quotes",
    ]


def test_a_tier_needs_rates_in_every_schedule(tmp_path: Path) -> None:
    assert faults(tmp_path, changed("rates.base = { default = 700 }", "rates.bass = { default = 700 }")) == [
        "acme.toml: commission.schedules[0].rates: base is missing: add it, because tiers has it",
        "acme.toml: commission.schedules[0].rates: 'bass' is not in tiers: did you mean base?",
    ]


def test_a_new_language_asks_for_every_text(tmp_path: Path) -> None:
    lines = faults(tmp_path, ACME, languages=("en", "es", "fr", "th", "ar"))
    assert "acme.toml: vendor.terms: the translation into 'ar' is missing: add vendor.terms.ar" in lines
    assert len(lines) == ACME.count("\nname.en") + ACME.count("\ndescription.en") + ACME.count("measured_by.en") + 1


@pytest.mark.parametrize("source", ["", "regions = 5\ncurrencies = [1]\nplans = 2026-01-01", "[regions]\nUS = 1"])
def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path, source: str) -> None:
    lines = faults(tmp_path, f'default_region = "US"\n{source}')
    assert "acme.toml: vendor: is missing: add a table" in lines
    assert all(line.startswith("acme.toml: ") for line in lines)


def test_a_slip_of_the_pen_names_the_line(tmp_path: Path) -> None:
    (line,) = faults(tmp_path, "[trial]\nmax_days = = 5\n")
    assert line.startswith("acme.toml: is not TOML in UTF-8: ")
    assert "line 2" in line


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match=r"^none\.toml: cannot be read: "):
        load(tmp_path / "none.toml")


def test_a_language_in_preparation_may_have_texts_and_needs_none(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(changed('name.en = "Film"', 'name.en = "Film"\nname.pt = "Filme"'), encoding="utf-8")
    assert load(file, ("en", "es", "fr", "th"), ["pt"])
    assert "pt: is not known" in faults(tmp_path, file.read_text(encoding="utf-8"))[0]
