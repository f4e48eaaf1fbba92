"""One-task consent: a super administrator lets a partner's request for one forbidden task be carried out, once."""
