"""*Contact channels*: where a partner reaches support in its region, and the e-mail template (S4.26-38)."""

from __future__ import annotations

from urllib.parse import quote

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from portal.core.locales import COMPLETE, LANGUAGES, whole
from portal.core.permissions import P
from portal.support.queries.channels import channels as reached
from portal.web.access import ctx, shows
from portal.web.i18n import current_language
from portal.web.render import page
from portal.web.support import pages


@pages.get("/channels")
@shows(P.SUPPORT_READ)
def channels() -> Response:
    """Show the channels, and the template in the language of the page or in the one that `?template=` asks for."""
    asked = request.args.get("template", "")
    language = whole(asked if asked in LANGUAGES else current_language())
    found = reached(ctx())
    subject, body = _template(language)
    return page(
        "support/channels.html", region=found.region, known=found.known, support=ctx().programme.support,
        body=body, subject=subject, template_language=LANGUAGES[language],
        mail_url=_mailto(found.region.support_email, subject, body), others=_others(language),
    )


def _template(language: str) -> tuple[str, str]:
    """Return subject and body of the e-mail template in a language (S4.38)."""
    programme = ctx().programme
    text = current_app.extensions["templates"][language].get_template("support/email_template.txt").render(
        numbers=programme.vendor.identifiers)
    subject, _, body = text.partition("\n")
    return subject.strip(), body.strip()


def _mailto(address: str, subject: str, body: str) -> str:
    lines = body.replace("\n", "\r\n")
    return f"mailto:{address}?subject={quote(subject, safe='')}&body={quote(lines, safe='')}"


def _others(chosen: str) -> list[dict[str, object]]:
    return [{"code": code, "label": LANGUAGES[code].name, "current": code == chosen,
             "url": url_for("support.channels", template=code, _anchor="template")} for code in COMPLETE]
