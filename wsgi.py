"""The WSGI entry: `gunicorn wsgi:app`, `flask portal …`."""

import os
import sys

from click import ClickException

from portal import create_app
from portal.settings import SettingsError

try:
    app = create_app()
except SettingsError as faults:  # a shell shows these as a list, not as a traceback
    refused = ClickException(str(faults))
    if "mail-in" in sys.argv:  # a mail server would send the mail back for any other code
        refused.exit_code = os.EX_TEMPFAIL
    raise refused from None
