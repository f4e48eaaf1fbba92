"""Fills the index of the help with many articles made of the shipped ones' sentences, and asks it questions."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask

from portal.core.context import ANYONE, WORKER
from portal.help.commands import Text, index
from portal.help.queries import search
from portal.help.weights import weights
from portal.storage import database
from portal.web.articles import articles_of
from portal.web.public.article_names import NO_PAIR
from portal.web.public.help import body_of

EDITION = "bench"
# A language of words, and one of running text.
QUESTIONS = {
    "en": ("extend trial", "how do I change the credit card of a customer", "comission", "the",
           "zqxvyw wqxvyz vqxwyz yqxvwz xqvwyz qvwxyz"),
    "th": ("ขยายการทดลองใช้", "จะเปลี่ยนบัตรเครดิตของลูกค้าได้อย่างไร", "ค่านายหนา", "การ", "ขอ"),
}
PAGES = ("/en/help/search?q=how+do+I+extend+a+trial", "/th/help/search?q=ฉันจะขยายการทดลองใช้ได้อย่างไร")
_ROUNDS = 15


def fill(app: Flask, count: int) -> None:
    """Index `count` articles in each of the languages; one of twenty is for staff."""
    with app.test_request_context("/en/help"):
        app.preprocess_request()
        texts = [text for lang in QUESTIONS for text in _texts(lang, count)]
        index(app.extensions["make_ctx"](WORKER), EDITION, texts)


def _texts(lang: str, count: int) -> Iterator[Text]:
    dice = random.Random(7)
    articles = articles_of().shelf(lang)
    parts = [part for article in articles for part in body_of(article, lang, NO_PAIR).parts]
    for number in range(count):
        own = dice.sample(parts, min(4, len(parts)))
        title = f"{articles[number % len(articles)].title} {number}"
        told = weights(title, (), [part.heading for part in own], [part.text for part in own])
        yield Text(lang, f"a{number}", number % 20 > 0, told)


def questions(count: int) -> tuple[float, float]:
    """Ask every question a few times; return the milliseconds that the database took: of a usual one, of the worst.

    The least of the times counts: more is what else the machine had to do.
    """
    clock = _DatabaseClock()
    taken = []
    for lang, asked in QUESTIONS.items():
        for question in asked:
            times = []
            for _ in range(_ROUNDS):
                clock.spent = 0.0
                search(ANYONE, EDITION, lang, question, count)
                times.append(clock.spent * 1000)
            taken.append(min(times))
    clock.stop()
    return sorted(taken)[len(taken) // 2], max(taken)


class _DatabaseClock:
    """Adds up the time that statements take, with the reading of their rows."""

    def __init__(self) -> None:
        self.spent = 0.0
        self._plain = database.obj.execute_sql
        database.obj.execute_sql = self._timed

    def _timed(self, *arguments: Any, **more: Any) -> Any:
        begin = time.perf_counter()
        cursor = self._plain(*arguments, **more)
        rows = cursor.fetchall() if cursor.description else []
        self.spent += time.perf_counter() - begin
        return _Read(cursor, rows)

    def stop(self) -> None:
        database.obj.execute_sql = self._plain


class _Read:
    """A cursor whose rows have been read."""

    def __init__(self, cursor: Any, rows: list[Any]) -> None:
        self._cursor, self._rows = cursor, iter(rows)
        self.description = cursor.description

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
