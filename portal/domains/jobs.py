"""What the worker does for domains: asking the DNS or the website whether the proof is there."""

from __future__ import annotations

from portal.adapters.dns import Kind
from portal.core.context import Ctx, Ports
from portal.domains import queries
from portal.domains.commands import settle
from portal.domains.policy import Expectation, Finding, Method, Outcome, judge
from portal.jobs import handler
from portal.jobs.models import Job


@handler("domains.check")
def check(ctx: Ctx, job: Job) -> None:
    """Make one check and settle it. Killed in between it is made again, and settled once."""
    domain_id, method = job.payload["domain"], Method(job.payload["method"])
    expectation = queries.wanted(ctx, domain_id, method, job.key)
    if expectation:
        settle(ctx, domain_id, method, job.key, look(ctx.ports, expectation))


def look(ports: Ports, expectation: Expectation) -> Finding:
    """Ask whether what is expected has been published."""
    if expectation.method is Method.FILE:
        return judge(expectation, ports.web.get(expectation.url))
    kind: Kind = "TXT" if expectation.method is Method.TXT else "CNAME"
    answer = ports.dns.ask(expectation.host, kind, expectation.apex)
    finding = judge(expectation, answer)
    if finding.outcome in {Outcome.NO_RECORD, Outcome.DIFFERENT}:
        return judge(expectation, answer, ports.dns.ask(expectation.doubled_host, kind, expectation.apex))
    return finding
