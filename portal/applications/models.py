"""Tables of applications."""

from peewee import CharField, Check, DateField, ForeignKeyField, IntegerField, TextField

from portal.accounts.models import Account
from portal.core.ids import public_id
from portal.partners.models import Partner
from portal.storage import Table, UtcDateTimeField


class Application(Table):
    """One person's request to become a partner (S0.4-10)."""

    public_id = CharField(unique=True, default=public_id)
    account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
    draft_digest = CharField(null=True, unique=True)  # of the cookie of a visitor who has no account yet
    state = CharField(
        default="draft",
        constraints=[Check("state IN ('draft', 'submitted', 'question', 'accepted', 'declined', 'withdrawn')")],
    )
    language = CharField()
    company = CharField(default="")
    website = CharField(default="")
    phone = CharField(default="")
    street = CharField(default="")
    city = CharField(default="")
    postal_code = CharField(default="")
    state_province = CharField(default="")
    country = CharField(default="")
    expertise = CharField(default="")
    experience = TextField(default="")
    plan = TextField(default="")
    terms_version = CharField(null=True)
    terms_language = CharField(null=True)
    terms_accepted_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()
    saved_at = UtcDateTimeField()  # when something was last typed
    submitted_at = UtcDateTimeField(null=True)
    due_on = DateField(null=True)
    decided_at = UtcDateTimeField(null=True)  # also when the applicant withdrew
    decided_by = ForeignKeyField(Account, null=True, on_delete="SET NULL", backref="+")
    reason = TextField(default="")
    partner = ForeignKeyField(Partner, null=True, on_delete="SET NULL")
    version = IntegerField(default=0)

    class Meta:
        indexes = ((("state", "due_on", "id"), False),)
        constraints = [Check("account_id IS NOT NULL OR state = 'draft'")]


# A person has one application under way at a time; ended ones stay beside it.
Application.add_index(
    Application.index(
        Application.account, unique=True, name="application_open",
        where=Application.state.in_(["draft", "submitted", "question"]),
    )
)


class Note(Table):
    """What was said about an application: internal notes, questions to the applicant and their answers."""

    application = ForeignKeyField(Application, on_delete="CASCADE")
    kind = CharField(constraints=[Check("kind IN ('internal', 'question', 'answer')")])
    author = ForeignKeyField(Account, null=True, on_delete="SET NULL")
    author_name = CharField(default="")
    body = TextField()
    created_at = UtcDateTimeField()

    class Meta:
        table_name = "application_note"
