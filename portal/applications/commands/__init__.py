"""Everything that can be done to an application."""

from portal.applications.commands.drafts import apply_again, claim_draft, count_new_draft, save_draft
from portal.applications.commands.review import accept_application, add_note, ask_applicant, decline_application
from portal.applications.commands.submission import answer_question, submit_application, withdraw_application

__all__ = [
    "accept_application",
    "add_note",
    "answer_question",
    "apply_again",
    "ask_applicant",
    "claim_draft",
    "count_new_draft",
    "decline_application",
    "save_draft",
    "submit_application",
    "withdraw_application",
]
