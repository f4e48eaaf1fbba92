"""Help articles at the desk: what is missing or behind, how much each is read, and what its readers say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.locales import DEFAULT, LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.help import answers
from portal.help.answers import Opinion, opinions, sentences
from portal.help.collection import SECTIONS, Article
from portal.help.freshness import STATES, TO_DO, difference, rows, state_of
from portal.help.readings import PERIOD, readings
from portal.web.access import ctx, does, shows
from portal.web.articles import articles_of
from portal.web.desk import pages
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other

_LAST = 5  # sentences on the page of an article


@dataclass(frozen=True, slots=True)
class Cell:
    """An article in one language: how far it is, how often it was read, and what its readers said."""

    lang: str
    state: str
    read: int
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Line:
    """An article in the languages that are shown."""

    article: Article
    cells: Sequence[Cell]

    @property
    def urgency(self) -> tuple[int, int, int]:
        """Sort by what needs work, most read first; then by readings."""
        to_do = [cell.read for cell in self.cells if cell.state in TO_DO]
        return -bool(to_do), -sum(to_do), -sum(cell.read for cell in self.cells)


@pages.get("/help", endpoint="help")
@shows(P.HELP_STAFF_READ)
def help_articles() -> Response:
    language, state = _asked("language", LANGUAGES), _asked("state", STATES)
    table = _cells()
    return page(
        "desk/help.html", lines=sorted(_lines(table, language, state), key=lambda line: line.urgency),
        shown=[language] if language else list(LANGUAGES), all_languages=LANGUAGES, language=language, state=state,
        states=STATES, sections=SECTIONS, days=PERIOD.days,
        counts={code: {one: sum(cell.lang == code and cell.state == one for cells in table.values() for cell in cells)
                       for one in STATES} for code in LANGUAGES},
    )


def _cells() -> dict[str, list[Cell]]:
    """Return the cells of each article, in the order of the languages."""
    read, said = readings(ctx()), opinions(ctx())
    found: dict[str, list[Cell]] = {}
    for row in rows(articles_of()):
        place = (row.key, row.lang)
        cell = Cell(row.lang, row.state, read.get(place, 0), said.get(place, Opinion()))
        found.setdefault(row.key, []).append(cell)
    return found


def _lines(table: dict[str, list[Cell]], language: str, state: str) -> Iterable[Line]:
    for key, cells in table.items():
        shown = [cell for cell in cells if language in {"", cell.lang}]
        if not state or any(cell.state == state for cell in shown):
            yield Line(articles_of().get(key, current_language()), shown)


@pages.get("/help/<article>/<translation>")
@shows(P.HELP_STAFF_READ)
def help_article(article: str, translation: str) -> Response:
    if translation not in LANGUAGES or article not in {one.key for one in articles_of().shelf(DEFAULT, staff=True)}:
        raise NotFound(article)
    shown = articles_of().get(article, translation)
    place = (article, translation)
    return page(
        "desk/help_article.html", article=shown, source=articles_of().source(article), language=LANGUAGES[translation],
        state=state_of(articles_of(), article, translation), states=STATES, days=PERIOD.days,
        all_languages=LANGUAGES, changes=difference(articles_of(), shown) if shown.lang != DEFAULT else (),
        read=readings(ctx(), article).get(place, 0), opinion=opinions(ctx(), article).get(place, Opinion()),
        answers=sentences(ctx(), article, translation, done=None, size=_LAST).rows,
    )


@pages.get("/help/answers")
@shows(P.HELP_STAFF_READ)
def help_answers() -> Response:
    titles = {article.key: article for article in articles_of().shelf(current_language(), staff=True)}
    article, language = _asked("article", titles), _asked("language", LANGUAGES)
    done = request.args.get("state") == "done"
    found = sentences(ctx(), article, language, done, request.args.get("after"))

    def here(state: bool = done, after: str | None = None) -> str:
        return url_for("desk.help_answers", article=article or None, language=language or None,
                       state="done" if state else None, after=after)

    tabs = [{"label": gettext(label), "url": here(state), "current": state is done} for state, label in _TABS]
    return page(
        "desk/help_answers.html", rows=found.rows, titles=titles, all_languages=LANGUAGES, article=article,
        language=language, done=done, tabs=tabs, after=request.args.get("after"),
        previous_url=here(after=found.previous) if found.previous else None,
        next_url=here(after=found.next) if found.next else None,
    )


_TABS = ((False, N_("To read")), (True, N_("Dealt with")))


@pages.post("/help/answers/<feedback>")
@does(answers.settle_answer)
def settle_answer(feedback: str) -> Response:
    answers.settle_answer(ctx(), feedback)
    notify("success", N_("The answer is marked as dealt with."))
    article, language = request.args.get("article", ""), request.args.get("language", "")
    if request.args.get("from") == "article" and article and language in LANGUAGES:
        return see_other(url_for("desk.help_article", article=article, translation=language))
    return see_other(url_for("desk.help_answers", article=article or None, language=language or None,
                             after=request.args.get("after")))


def _asked(name: str, known: Iterable[str]) -> str:
    value = request.args.get(name, "")
    return value if value in known else ""
