"""What is new in an answer: without what programs quote in four languages, and never without somebody's words."""

from __future__ import annotations

import pytest

from portal.support.policy.html_text import html_text
from portal.support.policy.replies import LINE_BEGINS, LINE_ENDS, new_part

OURS = {"partner-support@zohocorp.com"}
US = "partner-support+48120077.0123456789abcdef@zohocorp.com"

ATTRIBUTIONS = {
    "gmail en": f"On Fri, Nov 20, 2026 at 10:15 AM Partner Support <{US}>\nwrote:",
    "apple en": f"On 20 Nov 2026, at 10:15, Partner Support <{US}> wrote:",
    "thunderbird en": "On 20/11/2026 10:15, Partner Support wrote:",
    "outlook mobile en": f"Partner Support <{US}> wrote on 20 Nov 2026 10:15:",
    "gmail es": f"El vie, 20 nov 2026 a las 10:15, Asistencia para socios (<\n{US}>)\nescribió:",
    "apple es": f"El 20 nov 2026, a las 10:15, Asistencia <{US}> escribió:",
    "thunderbird es": "El 20/11/26 a las 10:15, Asistencia escribió:",
    "gmail fr": f"Le ven. 20 nov. 2026 à 10:15, Support partenaire <{US}>\na écrit :",
    "apple fr": f"Le 20 nov. 2026 à 10:15, Support partenaire <{US}> a écrit\xa0:",
    "thunderbird fr": "Le 20/11/2026 à 10:15, Support partenaire a écrit\u202f:",
    "gmail th": f"ในวันที่ ศ. 20 พ.ย. 2026 เวลา 10:15 Partner Support <{US}>\nเขียนว่า:",
    "gmail th, Buddhist": f"เมื่อ 20 พฤศจิกายน 2569 10:15 Partner Support <{US}> เขียนว่า:",
    "apple th": f"เมื่อ 20 พ.ย. 2569 เวลา 10:15 Partner Support <{US}> เขียนว่า:",
    "thunderbird th": "เมื่อ 20/11/2569 10:15, Partner Support เขียนว่า:",
}


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_what_is_quoted_below_the_line_that_says_who_wrote_is_not_new(name):
    quoted = f"Ya funciona, ¡gracias!\n\n{ATTRIBUTIONS[name]}\n\n> Lo estamos revisando.\n>\n> -- \n> El equipo\n"
    assert new_part(quoted, OURS) == "Ya funciona, ¡gracias!"


@pytest.mark.parametrize("block", [
    "From: Partner Support <{us}>\nSent: Friday, November 20, 2026 10:15 AM\nTo: Ana\nSubject: RE: [48120077]",
    "*From:* Partner Support <{us}>\n*Sent:* Friday\n*To:* Ana\n*Subject:* RE: no mail",
    "________________________________\nDe: Asistencia <{us}>\nEnviado: viernes\nPara: Ana <ana@x.example>\nAsunto: RE",
    "De : Support <{us}>\nEnvoyé : vendredi 20 novembre 2026\nÀ : Luc\nObjet : RE: sujet",
    "จาก: Partner Support <{us}>\nส่ง: 20 พฤศจิกายน 2569\nถึง: สมชาย\nเรื่อง: RE",
    "-----Mensaje original-----\nDe: Asistencia\nEnviado el: viernes\nPara: Ana\nAsunto: RE",
    "-----Message d'origine-----\nDe : Support\nEnvoyé : vendredi\nÀ : Luc\nObjet : RE",
    "-----Original Message-----\nFrom: Partner Support\nSent: Friday\nTo: Ana\nSubject: RE",
])
def test_what_outlook_quotes_below_its_headers_is_not_new(block):
    text = f"Sigue igual.\n\n{block.format(us=US)}\n\nLo estamos revisando.\nOtra línea."
    assert new_part(text, OURS) == "Sigue igual."


def test_our_own_line_ends_an_answer_in_any_program():
    line = f"{LINE_BEGINS} ベストを尽くす {LINE_ENDS}"
    assert new_part(f"Gracias\n\n{line}\n\nHola Ana,\nlo estamos revisando.", OURS) == "Gracias"
    assert new_part(f"Gracias\n\nX <{US}> skrev den 20 nov. 10:15:\n\n{line}\nHola", OURS).startswith("Gracias")
    assert new_part(f"Gracias\n\nEl 20 nov a las 10, X <{US}> escribió:\n\n{line}\nHola", OURS) == "Gracias"


def test_answers_between_the_lines_are_kept():
    text = ("> ¿Desde cuándo falla?\nDesde las 9:00.\n> ¿Cuántos usuarios?\n1.250\n\n"
            f"El vie, 20 nov 2026 a las 10:15, Asistencia (<{US}>) escribió:\n> Saludos\n")
    assert new_part(text, OURS) == "> ¿Desde cuándo falla?\nDesde las 9:00.\n> ¿Cuántos usuarios?\n1.250"
    below = f"On 20 Nov 2026, at 10:15, Support <{US}> wrote:\n> {LINE_BEGINS} x\n> Since when?\n\nSince 9.\n"
    assert "Since 9." in new_part(below, OURS)
    assert "Since when?" in new_part(below, OURS)


@pytest.mark.parametrize("text", [
    # somebody else's words, quoted or forwarded: they are new to us
    "See what he says.\n\nOn 20 Nov 2026, at 10:15, Boss <boss@big.example> wrote:\n> It is all broken.",
    "FYI\n\nFrom: Boss <boss@big.example>\nSent: Friday\nTo: Ana\nSubject: broken\n\nIt is all broken.",
    "FYI\n\n---------- Forwarded message ---------\nDe: Partner Support\nDate: 20 nov\nSubject: x\n\nIt is all broken.",
    # a quote without a line that says whose it is
    "The log says:\n> It is all broken.",
    # words that look like a beginning
    "On Monday it is all broken.\nFrom: nine o'clock\nThe rest is fine.",
    "On 1 December we wrote: It is all broken.",
    "The customer wrote on 1 December:\nIt is all broken.",
])
def test_words_that_may_be_new_are_kept(text):
    assert "broken" in new_part(text, OURS)


def test_if_nothing_is_left_everything_is_kept():
    text = f"El 20 nov 2026 a las 10:15, Asistencia <{US}> escribió:\n> todo"
    assert new_part(text, OURS) == text
    assert new_part("", OURS) == ""


def test_a_colleagues_words_in_between_are_kept_and_ours_below_are_not():
    text = (f"I agree.\n\nFrom: Luc <luc@andina.example>\nSent: Friday\nTo: Ana\nSubject: RE\n\nIt is the router.\n\n"
            f"From: Partner Support <{US}>\nSent: Friday\nTo: Luc\nSubject: RE\n\nSince when?")
    assert "It is the router." in new_part(text, OURS)
    assert "Since when?" not in new_part(text, OURS)


def test_html_of_gmail():
    source = (f'<div dir="ltr">Merci&nbsp;!</div><br><div class="gmail_quote"><div class="gmail_attr">Le ven. 20 nov. '
              f'2026 à 10:15, Support &lt;<a href="mailto:{US}">{US}</a>&gt; a écrit :<br></div>'
              "<blockquote><p>Bonjour,</p><p>C'est réparé.</p></blockquote></div>")
    assert new_part(html_text(source), OURS).replace("\xa0", " ") == "Merci !"
