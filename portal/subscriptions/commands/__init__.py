"""Changing subscriptions: trials, what customers ask for, and how the partner answers."""

from portal.subscriptions.commands.answers import decline_change
from portal.subscriptions.commands.changes import ask_change, withdraw_change
from portal.subscriptions.commands.keeping import keep
from portal.subscriptions.commands.reminders import send_reminders
from portal.subscriptions.commands.trials import expire_trials, extend_trial, extend_trial_of, start_trial, try_service

__all__ = [
    "ask_change",
    "decline_change",
    "expire_trials",
    "extend_trial",
    "extend_trial_of",
    "keep",
    "send_reminders",
    "start_trial",
    "try_service",
    "withdraw_change",
]
