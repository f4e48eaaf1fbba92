"""The WSGI entry: `gunicorn wsgi:app`, `flask portal …`."""

from click import ClickException

from portal import create_app
from portal.settings import SettingsError

try:
    app = create_app()
except SettingsError as faults:  # a shell shows these as a list, not as a traceback
    raise ClickException(str(faults)) from None
