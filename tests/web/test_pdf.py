"""Invoices as PDF: what is copied from them is what stands there, Thai too, and nothing is fetched for them."""

from __future__ import annotations

import io
import re
import shutil
import socket
import subprocess

import pytest
from PIL import Image

from portal.billing.models import BillTo
from portal.core.errors import DomainError
from portal.core.locales import COMPLETE
from portal.directory.pictures import draw
from portal.storage import transaction
from portal.web.pdf import available, decomposed, pdf
from tests.billing.shop import Shop
from tests.web.test_store_invoices import bought

pytestmark = [
    pytest.mark.looks,
    pytest.mark.skipif(not available(), reason="the extra for PDFs is not installed"),
]
THAI = "บริษัทค้าส่งน้ำตาลและป้ายโฆษณากรุงเทพมหานครจำกัดที่มีชื่อยาวมากจนต้องขึ้นบรรทัดใหม่ในเอกสารนี้ให้ได้"


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def text_of(made: bytes) -> str:
    """What somebody copies out of a PDF."""
    if not shutil.which("pdftotext"):
        pytest.skip("poppler-utils is not installed")
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=made, capture_output=True, check=True)
    return done.stdout.decode()


def squeezed(text: str) -> str:
    """Text without blanks, in one spelling of SARA AM."""
    return decomposed(re.sub(r"\s", "", text))


def invoice_in(shop: Shop, language: str, name: str = THAI) -> bytes:
    with transaction():
        BillTo.create(organization=shop.cast.siam, name=name, street=f"{name} 99", city="Bangkok", country="TH",
                      tax_id="0105500000000", language=language)
    invoice = bought(shop)
    return bytes(shop.cast.admin.browser().get(f"/en/store/invoices/{invoice.public_id}.pdf").data)


def test_thai_is_copied_as_it_was_written(shop):
    shown = squeezed(text_of(invoice_in(shop, "th")))
    assert squeezed(THAI) in shown
    assert squeezed("ภาษีมูลค่าเพิ่ม") in shown
    assert "ป้ำ" not in shown  # an า beside a ำ stays an า
    assert squeezed("2 มีนาคม พ.ศ. 2569") in shown
    assert "7,490.00THB" in shown


def test_thai_lines_break_between_words(shop):
    """A name that is too long for its line is broken where a reader would: never within a word."""
    lines = [line.strip() for line in text_of(invoice_in(shop, "th", THAI * 2)).splitlines()]
    first = next(line for line in lines if squeezed(line).startswith(squeezed("บริษัท")))
    rest = squeezed(THAI * 2)[len(squeezed(first)) :]
    starts = ("ค้า", "ส่ง", "น้ำ", "น้ำตาล", "และ", "ป้าย", "โฆษณา", "กรุงเทพ", "มหานคร", "จำกัด", "ที่", "มี", "ชื่อ",
              "ยาว", "มาก", "จน", "ต้อง", "ขึ้น", "บรรทัด", "ใหม่", "ใน", "เอกสาร", "นี้", "ให้", "ได้", "บริษัท")
    assert not rest or rest.startswith(tuple(map(squeezed, starts))), rest[:20]


@pytest.mark.parametrize("language", COMPLETE)
def test_every_language_has_its_words_and_code(shop, language):
    shown = text_of(invoice_in(shop, language, "Señor Nuñez & Œuvre “Élan” <b>"))
    assert "TH-000001" in shown
    assert "Señor Nuñez & Œuvre “Élan” <b>" in shown


def test_nothing_is_fetched_for_a_document(monkeypatch, tmp_path):
    def connected(*_args: object, **_more: object) -> None:
        raise AssertionError("a document connected somewhere")

    monkeypatch.setattr(socket.socket, "connect", connected)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    html = (f'<html lang="en"><title>x</title><link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
            f'<link rel=attachment href="file://{secret}"><img src="http://127.0.0.1:9/x.png" alt="picture">'
            f'<img src="file://{secret}" alt="file"><p>Words</p></html>')
    made = pdf(html, "@import url(http://127.0.0.1:9/y.css); p { background: url(http://127.0.0.1:9/z.png) }")
    assert "Words" in text_of(made)
    assert b"secret" not in made
    assert b"EmbeddedFile" not in made


def test_sara_am_is_taken_apart_with_its_tone_mark():
    assert decomposed("น้ำ จำ ค่ำ") == "น\u0e4d\u0e49\u0e32 จ\u0e4d\u0e32 ค\u0e4d\u0e48\u0e32"


def test_a_torn_picture_is_refused_after_a_document_was_drawn_as_before():
    """The library that draws documents would have the whole process accept what is left of an image."""
    picture = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(picture, "PNG")
    pdf('<html lang="en"><title>A</title><p>A</p></html>', "")
    with pytest.raises(DomainError):
        draw(picture.getvalue()[: len(picture.getvalue()) // 2])
