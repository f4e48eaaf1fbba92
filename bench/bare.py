"""The baselines: a plain Flask page with the same rows from memory, and a plain Flask process."""

from __future__ import annotations

from flask import Flask, render_template_string

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Customers</title></head><body>
<h1>Customers</h1>
<table><thead><tr><th>Domain</th><th>Organization</th><th>Super administrator</th><th>Plan</th><th>Licenses</th>
<th>Period</th><th>Renewal</th><th></th></tr></thead><tbody>
{% for domain, name, admin, email, plan, licenses, period, renews, id in rows %}
<tr><td>{{ domain }}</td><td>{{ name }}</td><td>{{ admin }}<br>{{ email }}</td><td>{{ plan }}</td>
<td>{{ licenses }}</td><td>{{ period }}</td><td>{{ renews }}</td><td><a href="/customers/{{ id }}">Manage</a></td></tr>
{% endfor %}</tbody></table></body></html>"""


def bare_app(rows: int = 25) -> Flask:
    """Return an application that shows `rows` customers from memory and does nothing else."""
    app = Flask("bare")
    table = [
        (f"customer-{n}.example", f"Customer {n}", f"Person {n}", f"person@customer-{n}.example",
         "Workplace Standard", n, "Yearly", "2 Mar 2027", f"abc{n}")
        for n in range(rows)
    ]

    @app.get("/customers")
    def customers() -> str:
        return render_template_string(_PAGE, rows=table)

    return app
