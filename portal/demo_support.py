"""What partners of the demo asked support, and what came of it: three months of tickets, and mails that came in."""

from __future__ import annotations

import base64
import csv
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from portal.core.context import WORKER, Actor, Ctx
from portal.core.locales import LANGUAGES
from portal.customers.models import Organization
from portal.jobs.models import Job
from portal.partners.models import Partner
from portal.support.commands.agents import save_agent
from portal.support.commands.answering import answer, determine, log_call, note, set_state
from portal.support.commands.attachments import upload
from portal.support.commands.clocks import due, look
from portal.support.commands.conversation import close, rate, reply
from portal.support.commands.identity import complete
from portal.support.commands.merging import link, merge
from portal.support.commands.opening import Request, add_ticket, log_ticket
from portal.support.commands.receiving import receive, store
from portal.support.models import Received, Ticket

Ago = Callable[..., Ctx]
LARGE = ("northfield.example", "anahuac.example")  # large by the licenses of two services together
SEATS = 400  # that such a customer has of the second one
_HERE = Path(__file__).parent
_HOUR = 1 / 24
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
_TEXT = b"08:10:02 GET /appointments 503\n08:10:07 GET /appointments 503\n08:11:40 retry, no answer\n"
# What staff write, by the language of who asked.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "first": "Thank you for your message. We have begun to look into it.",
        "found": "We have found the cause: a change of last night did not reach all servers.",
        "solved": "The change is in place everywhere now. Please tell us if you still see the problem.",
        "ask": "So that we can go on, please send us one example with its exact time.",
        "reason": "We need an example with its exact time.",
        "hold": "The team that runs this service repairs it tonight, outside office hours.",
        "more": "The problem is back since this morning.", "thanks": "Quick and clear, thank you.",
        "slow": "It took too long until somebody answered.",
    },
    "es": {
        "first": "Gracias por su mensaje. Ya estamos revisando el caso.",
        "found": "Hemos encontrado la causa: un cambio de anoche no llegó a todos los servidores.",
        "solved": "El cambio ya está en todas partes. Avísenos, por favor, si el problema continúa.",
        "ask": "Para continuar, envíenos por favor un ejemplo con la hora exacta.",
        "reason": "Necesitamos un ejemplo con la hora exacta.",
        "hold": "El equipo que opera este servicio lo repara esta noche, fuera del horario de oficina.",
        "more": "El problema ha vuelto desde esta mañana.", "thanks": "Rápido y claro, gracias.",
        "slow": "Tardaron demasiado en responder.",
    },
    "fr": {
        "first": "Merci de votre message. Nous avons commencé l’examen.",
        "found": "Nous avons trouvé la cause : un changement de la nuit n’a pas atteint tous les serveurs.",
        "solved": "Le changement est en place partout. Dites-nous si le problème persiste.",
        "ask": "Pour continuer, envoyez-nous un exemple avec l’heure exacte.",
        "reason": "Il nous faut un exemple avec l’heure exacte.",
        "hold": "L’équipe qui exploite ce service le répare cette nuit, en dehors des heures de bureau.",
        "more": "Le problème est revenu depuis ce matin.", "thanks": "Rapide et clair, merci.",
        "slow": "Il a fallu trop de temps pour avoir une réponse.",
    },
    "th": {
        "first": "ขอบคุณสำหรับข้อความ เรากำลังตรวจสอบให้",
        "found": "พบสาเหตุแล้ว: การเปลี่ยนแปลงเมื่อคืนยังไปไม่ถึงเซิร์ฟเวอร์ทุกเครื่อง",
        "solved": "แก้ไขครบทุกเครื่องแล้ว หากยังพบปัญหา กรุณาแจ้งเราได้",
        "ask": "เพื่อดำเนินการต่อ กรุณาส่งตัวอย่างพร้อมเวลาที่เกิดขึ้น",
        "reason": "ต้องการตัวอย่างพร้อมเวลาที่เกิดขึ้น",
        "hold": "ทีมที่ดูแลบริการนี้จะแก้ไขคืนนี้นอกเวลาทำการ",
        "more": "ปัญหากลับมาอีกตั้งแต่เช้านี้", "thanks": "รวดเร็วและชัดเจน ขอบคุณ", "slow": "ใช้เวลานานกว่าจะตอบ",
    },
}
# (from, subject, text): a member of a partner, and somebody whom nobody knows.
_MAILS = (
    ("", "Lista de precios del paquete", "¿Pueden enviarnos la lista de precios vigente para escuelas?"),
    ("buyer@unknown.example", "Re: ticket 48213377", "Please add me to this ticket and send me everything in it."),
)


class Support:
    """Lets tickets happen on past days. `people`: who asks, by name; `agents`: who answers in Thai, and who else."""

    def __init__(self, ago: Ago, people: Mapping[str, Actor], agents: tuple[Actor, Actor]) -> None:
        self.ago, self.people, self.agents = ago, people, agents
        self.earlier: Ticket | None = None

    def tell(self) -> None:
        for agent, languages in zip(self.agents, (["th", "en"], [code for code in LANGUAGES if code != "th"]),
                                    strict=True):
            save_agent(self.ago(100, agent), "", languages, [], available=True)
        with (_HERE / "demo_tickets.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                self.happen(row)
        self.work()
        self.mails()

    def happen(self, row: Mapping[str, str]) -> None:
        """Let one ticket be opened, and then its story happen step by step."""
        days, who = float(row["days"]), self.people[row["who"]]
        ticket = _Going(self, self.open(row, days, who), days, who)
        for step in row["story"].split():
            getattr(ticket, step, ticket.wait)()
        self.earlier = ticket.row

    def open(self, row: Mapping[str, str], days: float, who: Actor) -> Ticket:
        ctx = self.ago(days, who)
        request = Request(
            row["subject"], row["text"], row["service"] if row["service"] in ctx.programme.services else "",
            customer_email=_email(row["customer"]), attachments=self.files(ctx, row["file"]),
            service_org=_other_customer(row["customer"], who) if row["story"] == "ambiguous" else "",
        )
        if row["channel"] in {"phone", "chat"}:
            staff = self.ago(days, self.agents[1])
            partner = Partner.get_by_id(who.partner_id)
            return log_ticket(staff, request, row["channel"], partner.public_id, who.email)
        return add_ticket(ctx, request, "help-center" if row["channel"] == "help-center" else "general")

    def files(self, ctx: Ctx, name: str) -> list[str]:
        return [upload(ctx, name, _PIXEL if name.endswith(".png") else _TEXT).public_id] if name else []

    def work(self) -> None:
        """Let the worker see what is due, and what broke."""
        ctx = self.ago(0, WORKER)
        for ticket in due(ctx, 0):
            look(ctx, ticket)

    def mails(self) -> None:
        """Let mails come in: one of a member becomes a ticket, one of a stranger is held."""
        member = self.people["admin"]
        address = self.ago(0).programme.regions[self.ago(0).programme.default_region].support_email
        for number, (sender, subject, text) in enumerate(_MAILS):
            ctx = self.ago(0.4 - number * 0.2, WORKER)
            store(ctx, _mail(sender or member.email, address, subject, text, ctx), [address], sender or member.email)
        for mail in Received.select(Received.public_id).where(Received.state == "stored"):
            receive(self.ago(0.1, WORKER), mail.public_id)
        Job.delete().where(Job.kind == "support.receive").execute()


class _Going:
    """A ticket on its way; each step happens some hours after the one before."""

    def __init__(self, story: Support, row: Ticket, days: float, who: Actor) -> None:
        self.story, self.row, self.days, self.who = story, row, days, who
        self.agent = story.agents[0 if who.language == "th" else 1]
        self.words = _WORDS[who.language]

    def after(self, hours: float, actor: Actor) -> Ctx:
        """Return the context of so many hours later, but no later than now."""
        self.days = max(0.0, self.days - hours * _HOUR)
        return self.story.ago(self.days, actor)

    @property
    def id(self) -> str:
        return str(self.row.public_id)

    @property
    def seen(self) -> int:
        return int(Ticket.get_by_id(self.row.id).version)

    def wait(self) -> None:
        """Nothing happens yet."""

    def answered(self, hours: float = 1.1) -> None:
        answer(self.after(hours, self.agent), self.id, self.words["first"])

    def determined(self, hours: float = 3) -> None:
        determine(self.after(hours, self.agent), self.id, self.words["found"])

    def solved(self) -> None:
        self.answered()
        self.determined()
        self.solvedagain()

    def solvedagain(self, hours: float = 16) -> None:
        answer(self.after(hours, self.agent), self.id, self.words["solved"], then="resolved")

    def critical(self) -> None:
        """The first answer of a critical one comes soon."""
        self.answered(0.6)

    critical2 = critical

    def criticallate(self) -> None:
        """Answered in time; but nobody has said since what it is."""
        self.answered(2.2)

    def lateanswer(self) -> None:
        self.answered(130)

    def called(self) -> None:
        log_call(self.after(0.1, self.agent), self.id, "phone" if self.row.channel == "phone" else "chat",
                 self.words["first"])

    def waited(self) -> None:
        """It waits for the partner, who answers unless it has just been asked."""
        ctx = self.after(1.5, self.agent)
        answer(ctx, self.id, self.words["ask"])
        set_state(ctx, self.id, "waiting", self.words["reason"], self.seen)
        if self.days > 25:
            reply(self.after(30, self.who), self.id, self.words["more"])

    def heldup(self) -> None:
        self.answered()
        set_state(self.after(5, self.agent), self.id, "hold", self.words["hold"], self.seen)

    def promised(self) -> None:
        ctx = self.after(1.3, self.agent)
        answer(ctx, self.id, self.words["first"], promise=self.story.ago(0).now + timedelta(hours=20))

    def praised(self) -> None:
        rate(self.after(8, self.who), self.id, "good", self.words["thanks"])

    def complained(self) -> None:
        rate(self.after(8, self.who), self.id, "bad", self.words["slow"])

    def closed(self) -> None:
        close(self.after(20, self.who), self.id, self.seen)

    def reopened(self) -> None:
        reply(self.after(40, self.who), self.id, self.words["more"])

    def completed(self) -> None:
        complete(self.after(5, self.who), self.id, _email("siam-parts.example"), "", "", self.seen)

    def note(self) -> None:
        note(self.after(1, self.agent), self.id, "Same pattern as last month: ask the inventory team before noon.")

    def again(self) -> None:
        """The same was asked before: both become one, which goes on."""
        if self.story.earlier:
            merge(self.after(1, self.agent), self.id, self.story.earlier.number, self.seen)
            self.row, self.words = self.story.earlier, _WORDS[self.story.earlier.language]

    def linked(self) -> None:
        if self.story.earlier:
            link(self.after(1, self.agent), self.id, self.story.earlier.number)


def _email(domain: str) -> str:
    row = Organization.get_or_none(Organization.domain == domain) if domain else None
    return str(row.admin_email) if row else ""


def _other_customer(domain: str, who: Actor) -> str:
    """Return the id of another customer of the same partner: then it is not clear whom a ticket is about."""
    other = Organization.select().where(Organization.partner == who.partner_id, Organization.domain != domain)
    return str(other.order_by(Organization.id).get().public_id)


def _mail(sender: str, to: str, subject: str, text: str, ctx: Ctx) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, subject, ctx.now
    mail["Message-ID"] = f"<demo-{len(subject)}@{sender.rpartition('@')[2]}>"
    mail.set_content(text)
    return mail.as_bytes()
