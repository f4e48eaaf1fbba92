"""The search index of the articles, how often they are read, and what readers say of them."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField, TextField

from portal.storage import Table, UtcDateTimeField


class Entry(Table):
    """One article in one language, as it is searched. `edition` is the digest of everything that the index is made of:
    portals of two versions may share a database for a while.
    """

    edition = CharField(16)
    lang = CharField(8)
    key = CharField(80)
    public = BooleanField()

    class Meta:
        table_name = "help_entry"
        indexes = ((("edition", "lang", "key"), True),)


class Word(Table):
    """A folded word, or three letters in a row of a script without spaces, and how many articles have it."""

    edition = CharField(16)
    lang = CharField(8)
    text = CharField(80)
    start = CharField(12)  # its first letters: what words that begin alike are found by, under any collation
    articles = IntegerField()
    public_articles = IntegerField()

    class Meta:
        table_name = "help_word"
        indexes = ((("edition", "lang", "text"), True), (("edition", "lang", "start"), False))


class Posting(Table):
    """A word in an article; `weight` tells how much the article is about it."""

    word = ForeignKeyField(Word, on_delete="CASCADE", index=False)
    entry = ForeignKeyField(Entry, on_delete="CASCADE")
    weight = IntegerField()

    class Meta:
        table_name = "help_posting"
        # All that a question reads, so that it reads nothing else.
        indexes = ((("word", "weight", "entry"), True),)


class Reading(Table):
    """How often an article was read in a language on a day (UTC)."""

    key = CharField(80)
    lang = CharField(8)
    day = DateField()
    count = IntegerField()

    class Meta:
        table_name = "help_reading"
        indexes = ((("key", "lang", "day"), True),)


class Answer(Table):
    """What a reader said to *Was this article helpful?*; of whom, nothing is kept."""

    public_id = CharField(32, unique=True)
    key = CharField(80)
    lang = CharField(8)
    helpful = BooleanField()
    sentence = TextField(default="")
    created_at = UtcDateTimeField()
    done_at = UtcDateTimeField(null=True)  # when staff had dealt with it

    class Meta:
        table_name = "help_answer"
        indexes = ((("key", "lang", "created_at"), False), (("done_at", "created_at"), False))
