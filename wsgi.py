"""The WSGI entry: `gunicorn wsgi:app`, `flask portal …`."""

from portal import create_app

app = create_app()
