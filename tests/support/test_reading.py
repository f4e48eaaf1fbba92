"""Any bytes are read as a mail, or not: never wrongly, never slowly, never with an error that nobody expects."""

from __future__ import annotations

import time
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.locales import COMPLETE
from portal.support.policy.charsets import decoded, header_text
from portal.support.policy.html_text import html_text
from portal.support.policy.mail_fields import fields_of, lone_address
from portal.support.policy.mail_kind import dmarc_of, failures, kind_of
from portal.support.policy.reading import Budget, Unreadable, addresses, body_of, message_id_of, read
from portal.support.policy.replies import new_part
from tests.support.mails import attached, mail, mixed, words

THAI, MB = "ลูกค้าเข้าสู่ระบบไม่ได้", 1 << 20


def encoded(text: str, charset: str, codec: str = "") -> str:
    return f"=?{charset}?B?{b64encode(text.encode(codec or charset)).decode()}?="


# ---- Charsets ----

@pytest.mark.parametrize(("charset", "codec"), [
    ("windows-874", "cp874"), ("x-windows-874", "cp874"), ("TIS-620", "cp874"), ("iso-8859-11", "cp874"),
    ("utf-8", "utf-8"), ("UTF-8", "utf-8"), ("unknown-8bit", "utf-8"), ("x-unknown", "utf-8"), ("", "utf-8"),
    ("utf-16", "utf-16"), ("us-ascii", "utf-8"),
])
def test_thai_in_every_charset(charset, codec):
    assert decoded(THAI.encode(codec), charset) == THAI


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "zlib", "base64", "rot13", "undefined",
                                     "../os", "\0", "utf-8\n", "x" * 5000, "mbcs"])
def test_no_charset_makes_reading_fail(charset):
    assert "hello" in decoded(b"hello", charset)


@pytest.mark.parametrize(("value", "text"), [
    (encoded(THAI, "windows-874", "cp874"), THAI),
    (f"{encoded(THAI, 'utf-8')}\r\n {encoded(THAI, 'utf-8')}", THAI + THAI),
    ("=?utf-8?B?4LiB4LiC?= =?utf-8?B?4Q==?=", "กข\ufffd"),
    ("=?utf-8?Q?R=C3=A9ponse_automatique_=3A?=", "Réponse automatique :"),
    ("Re: =?iso-8859-1?q?M=E1s?= datos", "Re: Más datos"),
    ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ("=?utf-8?q?a=00b=E2=80=AEc?=", "abc"),
    ("=?utf-8?x?broken?= =?utf-8?B", "=?utf-8?x?broken?= =?utf-8?B"),
    ("=?utf-8*es?q?hola?=", "hola"),
    (THAI.encode().decode("ascii", "surrogateescape"), THAI),
    ("a\ud800b", "a?b"),
])
def test_headers_in_words(value, text):
    assert header_text(value) == text


def test_a_character_split_between_two_words_is_put_together():
    raw = THAI.encode()
    halves = (raw[:10], raw[10:])
    assert header_text(" ".join(f"=?utf-8?B?{b64encode(half).decode()}?=" for half in halves)) == THAI


# ---- Addresses ----

@pytest.mark.parametrize(("value", "found"), [
    ("Ana <ana@socio.example>", [("Ana", "ana@socio.example")]),
    ("ana@socio.example (Ana)", [("", "ana@socio.example")]),
    ('"Doe, Jane" <jane@x.example>, b@y.example', [("Doe, Jane", "jane@x.example"), ("", "b@y.example")]),
    ('"x@y.example" <mallory@evil.example>', [("x@y.example", "mallory@evil.example")]),
    ("<a@b.example> <c@d.example>", [("", "a@b.example"), ("", "c@d.example")]),
    ("=?utf-8?q?ana=40socio.example?=", []),
    ("=?utf-8?q?ana=40socio.example=3E?= <m@evil.example>", [("ana@socio.example>", "m@evil.example")]),
    ("undisclosed-recipients:;", []),
    ("Group: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
    ("(a(nested)comment) a@b.example", [("", "a@b.example")]),
    ("no address", []), ("", []), ("<>", []), ("a@b@c", []), ("@", []),
])
def test_addresses(value, found):
    assert list(addresses(value)) == found


# ---- Parts ----

def test_the_plain_text_is_taken_and_pictures_are_files():
    said = read(mixed(words("<p>HTML</p>", "html"), words("plain"), content_type="multipart/alternative; boundary=B"))
    assert (said.text, said.files) == ("plain", ())
    said = read(mixed(words("one"), attached("a.png", b"\x89PNG"), words("two"), attached("", b"x")))
    assert said.text == "one\n\ntwo"
    assert [(file.name, file.content) for file in said.files] == [("a.png", b"\x89PNG"), ("file.bin", b"x")]


def test_an_empty_plain_part_gives_way_to_html():
    said = read(mixed(words(" "), words("<b>Hola</b>", "html"), content_type="multipart/alternative; boundary=B"))
    assert said.text == "Hola"


@pytest.mark.parametrize(("header", "name"), [
    ('attachment; filename="../../etc/passwd"', "../../etc/passwd"),
    ("attachment; filename*=utf-8''%E0%B8%81.pdf", "ก.pdf"),
    ("attachment; filename*0*=utf-8''%E0%B8; filename*1*=%81.pdf", "ก.pdf"),
    ('attachment; filename="=?utf-8?B?4LiB?=.pdf"', "ก.pdf"),
    ('attachment; filename="invoice\u202efdp.exe"', "invoicefdp.exe"),
    ("attachment; filename=กข.txt", "กข.txt"),
    ("attachment; filename*=nonsense''%FF.txt", "ÿ.txt"),
])
def test_names_of_files(header, name):
    part = f"Content-Type: application/pdf\r\nContent-Disposition: {header}\r\n\r\nx".encode()
    assert [file.name for file in read(mixed(words("ok"), part)).files] == [name]


def test_a_mail_in_the_mail_is_a_file():
    inner = b"Content-Type: message/rfc822\r\n\r\n" + mail("secret words", subject="Original")
    said = read(mixed(words("see below"), inner))
    assert said.text == "see below"
    assert [file.name for file in said.files] == ["Original.eml"]
    assert b"secret words" in said.files[0].content


@pytest.mark.parametrize(("source", "text"), [
    ("<p>Hola</p><p>Ana</p>", "Hola\n\nAna"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<div>a</div><div>b &amp; c&nbsp;d</div>", "a\nb & c\xa0d"),
    ("<style>p{}</style><script>alert('<p>')</script>x", "x"),
    ("<head><title>no</title></head>yes", "yes"),
    ("a<!-- > no <b> -->b", "ab"),
    ("a<!-- never ends", "a<!-- never ends".replace("<!-- never ends", "")),
    ("new<blockquote>old<blockquote>older</blockquote></blockquote>", "new\n> old\n> > older"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ("1 < 2", "1 < 2"),
])
def test_html_is_text(source, text):
    assert html_text(source) == text


# ---- Names of mails ----

@pytest.mark.parametrize(("content", "name"), [
    (b"Message-ID: <a@b>\r\n\r\nx", "<a@b>"), (b"a: b\nmessage-id:\n <a@b>\n\n", "<a@b>"),
    (b"a: b\r\n\r\nMessage-ID: <a@b>", ""), (b"", ""), (b"\xff" * 100, ""),
    (b"Message-ID: <\xff\x00>\r\n\r\n", "<?>"),
])
def test_a_mail_is_named_without_being_read(content, name):
    assert message_id_of(content) == name


def test_the_body_is_the_same_whatever_a_way_adds_above():
    assert body_of(b"A: b\r\n\r\nx\r\n\r\ny") == body_of(b"Received: z\r\nA: b\r\n\r\nx\r\n\r\ny") == b"x\r\n\r\ny"


# ---- Fields of the template ----

@pytest.mark.parametrize(("text", "found"), [
    ("Customer's primary e-mail address: Boss@Big.example", {"customer_email": "boss@big.example"}),
    ("Correo electrónico principal del cliente: mailto:a@b.example", {"customer_email": "a@b.example"}),
    ("Adresse e-mail principale du client : <a@b.example>", {"customer_email": "a@b.example"}),
    ("อีเมลหลักของลูกค้า: a@b.example", {"customer_email": "a@b.example"}),
    ("Customer e-mail:\n\na@b.example", {"customer_email": "a@b.example"}),
    ("Customer e-mail: a@b.example\nCustomer e-mail: c@d.example", {}),
    ("> Customer e-mail: a@b.example", {}),
    ("Customer e-mail:\nService: Writer", {"service": "writer"}),
    ("Service organization ID (ZOID or ZGID): 7788", {"service_org": "7788"}),
    ("ZUID: 12 or so", {}),
    ("We wrote to the customer by e-mail yesterday", {}),
])
def test_fields(text, found):
    assert fields_of(text, {"writer": "writer"}) == found


@pytest.mark.parametrize("lang", COMPLETE)
def test_the_template_that_we_offer_is_read_in_every_complete_language(app, lang):
    template = app.extensions["templates"][lang].get_template("support/email_template.txt")
    text = template.render(numbers=app.extensions["programme"].vendor.identifiers)
    labels = [line for line in map(str.strip, text.splitlines()) if line][1:4]
    filled = "\n".join(map(" ".join, zip(labels, ("boss@big.example", "Writer", "7788"), strict=True)))
    found = {"customer_email": "boss@big.example", "service": "writer", "service_org": "7788"}
    assert fields_of(filled, {"writer": "writer"}) == found


@pytest.mark.parametrize(("text", "found"), [
    ("Here:\nboss@big.example\nAna\nana@socio.example", "boss@big.example"),
    ("a@big.example\nb@big.example", ""), ("Write to boss@big.example please", ""), ("ana@socio.example", ""),
])
def test_an_address_that_stands_alone(text, found):
    assert lone_address(text, "ana@socio.example") == found


# ---- Anything ----

def everything(content: bytes, seconds: float = 2.0) -> None:
    """Do all that is done with a mail before a database is asked."""
    message_id_of(content)
    try:
        said = read(content, Budget(seconds))
    except (Unreadable, RecursionError):
        return
    kind_of(said, "", ())
    dmarc_of(said, "mx.example")
    for failure in failures(said):
        assert failure.email
    text = new_part(said.text[:200_000])
    fields_of(text, {})
    lone_address(text, "a@b.example")
    for words_ in (said.subject, said.text, text, *(file.name for file in said.files), *(n for n, _ in said.senders)):
        words_.encode("utf-8")
        assert "\0" not in words_


_HEADERS = st.sampled_from([
    b"From: ", b"To: ", b"Subject: ", b"References: ", b"Message-ID: <a@b>", b"Authentication-Results: ", b"=?utf-8?q?",
    b"Content-Type: multipart/mixed; boundary=B", b"Content-Type: text/html; charset=", b"--B", b"--B--", b"",
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode", b"begin 644 x", b"Final-Recipient: rfc822;",
    b"Content-Type: message/rfc822", b"Content-Type: message/delivery-status",
    b"Content-Disposition: attachment; filename*0*=",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=B", b"<blockquote>", b"> ",
    b"El 20 a las 10:15, X escribi\xc3\xb3:", b"From: x", b"Sent: y",
])


@given(st.binary(max_size=3000))
@settings(max_examples=150)
def test_any_bytes_are_no_surprise(content):
    everything(content)


@given(st.lists(st.tuples(_HEADERS, st.binary(max_size=40), st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\n\r\n"])),
                max_size=25))
@settings(max_examples=300)
def test_anything_like_a_mail_is_no_surprise(lines):
    everything(b"".join(header + rest + end for header, rest, end in lines))


HTML = b"Content-Type: text/html\r\n\r\n"
SLOW = {
    "tags": HTML + b"<" * MB, "comments": HTML + b"<!--" * (MB // 4), "scripts": HTML + b"<script>" * (MB // 8),
    "entities": HTML + b"&#" + b"9" * MB, "quotes": HTML + b"<blockquote>x" * (MB // 13),
    "lines": b"\r\n" + b"\n" * MB, "returns": b"\r\n" + b"\r" * MB, "marks": b"\r\n" + b"> \n" * (MB // 3),
    "wrote": b"\r\n" + b"On 1\n" * (MB // 5) + b"wrote:\n> x\n", "blocks": b"\r\n" + b"From: x\nSent: y\n" * (MB // 16),
    "at": b"\r\n" + b"a@" * (MB // 2), "label": b"\r\ncustomer mail:" + b"a@" * (MB // 2),
    "subject": b"Subject: " + b"=?utf-8?q?" * (MB // 10) + b"\r\n\r\nx", "from": b"From: " + b"(" * MB + b"\r\n\r\nx",
    "angles": b"From: " + b"<" * MB + b"\r\n\r\nx", "froms": b"From: a@b\r\n" * (MB // 11) + b"\r\nx",
    "references": b"References: " + b"<" * MB + b"\r\n\r\nx",
    "type": b'Content-Type: multipart/mixed; boundary="' + b";" * MB + b"\r\n\r\nx",
    "types": b"Content-Type: text/plain;\r\n " + b"a=b;\r\n " * (MB // 7) + b"\r\n\r\nx",
    "parts": b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n\r\nx\r\n" * (MB // 5),
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (n, n) for n in range(190))
    + b"x\r\n" * (MB // 3),
    "mails": b"Content-Type: message/rfc822\r\n\r\n" * (MB // 32),
    "punycode": b"Content-Type: text/plain; charset=punycode\r\n\r\na-" + b"b" * MB,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_megabyte_takes_longer_than_its_budget(name):
    begin = time.thread_time()
    everything(SLOW[name], seconds=0.7)
    assert time.thread_time() - begin < 1.5


def test_a_budget_ends_reading():
    ticks = iter(range(100))
    with pytest.raises(Unreadable):
        read(b"\r\n" + b"x\r\n" * MB, Budget(3.0, lambda: next(ticks)))
