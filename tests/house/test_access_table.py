"""Who gets which answer on which page: every endpoint, for the whole cast. A new page without its line here fails."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule

from portal.accounts.models import Identity, Passkey, Session
from portal.adapters.signon import Provider
from portal.applications.models import Application
from portal.backups.models import Backup
from portal.billing.commands.payouts import ask_payout
from portal.billing.models import Card, CardSetup, Export, Order, RefundRequest
from portal.billing.queries.quotes import terms_of
from portal.commissions.models import Entry
from portal.consents.models import Consent
from portal.delegation.models import Invitation
from portal.directory.models import Address, Group, Picture
from portal.domains.models import Domain
from portal.help.models import Answer
from portal.jobs.models import Job
from portal.mailpolicies.models import MailPolicy
from portal.partners.models import Member
from portal.privacy.models import DataExport
from portal.relations.models import Change, Dispute, Offer
from portal.storage import transaction
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.support.commands.attachments import upload
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Received
from portal.support.models import Rule as SupportRule
from portal.team.models import Invitation as Invited
from portal.web.pdf import available
from tests.billing.rows import an_invoice
from tests.commissions.money import bank, earn

_PDF = "ok " if available() else "404"  # where the extra is installed

# owner: the partner's super admin; member: a colleague; outsider: another partner; customer: super admin of the
# customer; staff: the vendor's; nobody: signed out. "ok" is any answer of the page itself (200, 303, 409, 422),
# "in" leads to the sign-in.
CAST = ("owner", "member", "outsider", "customer", "staff", "nobody")
TABLE: dict[str, str] = {
    "GET account.area": "ok   ok   ok   403  403  in",
    "GET account.departments": "ok   ok   ok   403  403  in",
    "GET account.general_ticket": "ok   ok   ok   403  403  in",
    "POST account.submit_general_ticket": "ok   ok   ok   403  403  in",
    "GET support.add_ticket": "ok   403  403  403  403  in",  # the help center is open to the owner alone
    "GET support.attachment": "ok   404  404  403  403  in",
    "GET support.attainment": "ok   403  403  403  403  in",
    "GET support.attainment_file": "ok   403  403  403  403  in",
    "GET support.attainment_runs": "ok   403  403  403  403  in",
    "GET support.channels": "ok   ok   ok   403  403  in",
    "POST support.close_ticket": "ok   404  404  403  403  in",
    "POST support.complete_ticket": "ok   404  404  403  403  in",
    "GET support.rate_ticket": "ok   404  404  403  403  in",
    "POST support.reopen_ticket": "ok   404  404  403  403  in",
    "POST support.reply": "ok   404  404  403  403  in",
    "GET support.requests": "ok   403  403  403  403  in",
    "POST support.submit_rating": "ok   404  404  403  403  in",
    "POST support.submit_ticket": "ok   403  403  403  403  in",
    "GET support.ticket": "ok   404  404  403  403  in",
    "GET support.ticket_act": "ok   ok   ok   403  403  in",
    "GET desk.agent": "403  403  403  403  ok   in",
    "GET desk.new_ticket": "403  403  403  403  ok   in",
    "GET desk.ticket": "403  403  403  403  ok   in",
    "GET desk.ticket_act": "403  403  403  403  ok   in",
    "GET desk.ticket_file": "403  403  403  403  ok   in",
    "GET desk.tickets": "403  403  403  403  ok   in",
    "POST desk.answer_ticket": "403  403  403  403  ok   in",
    "POST desk.assign_ticket": "403  403  403  403  ok   in",
    "POST desk.choose_customer": "403  403  403  403  ok   in",
    "POST desk.determine_ticket": "403  403  403  403  ok   in",
    "POST desk.identify_ticket": "403  403  403  403  ok   in",
    "POST desk.link_tickets": "403  403  403  403  ok   in",
    "POST desk.log_call": "403  403  403  403  ok   in",
    "POST desk.log_ticket": "403  403  403  403  ok   in",
    "POST desk.mark_spam": "403  403  403  403  ok   in",
    "POST desk.merge_ticket": "403  403  403  403  ok   in",
    "POST desk.note_ticket": "403  403  403  403  ok   in",
    "POST desk.promise_update": "403  403  403  403  ok   in",
    "POST desk.save_agent": "403  403  403  403  ok   in",
    "POST desk.set_severity": "403  403  403  403  ok   in",
    "POST desk.set_ticket_state": "403  403  403  403  ok   in",
    "POST desk.unlink_tickets": "403  403  403  403  ok   in",
    "GET desk.attainment": "403  403  403  403  ok   in",
    "GET desk.attainment_file": "403  403  403  403  ok   in",
    "GET desk.attainment_runs": "403  403  403  403  ok   in",
    "GET desk.dispute": "403  403  403  403  ok   in",
    "GET desk.dispute_act": "403  403  403  403  ok   in",
    "GET desk.disputes": "403  403  403  403  ok   in",
    "POST desk.partner_standing": "403  403  403  403  ok   in",
    "GET desk.partner_standing_form": "403  403  403  403  ok   in",
    "POST desk.settle_dispute": "403  403  403  403  ok   in",
    "POST desk.discard_mail": "403  403  403  403  ok   in",
    "POST desk.file_mail": "403  403  403  403  ok   in",
    "GET desk.mail_act": "403  403  403  403  ok   in",
    "POST desk.open_from_mail": "403  403  403  403  ok   in",
    "GET desk.raw_mail": "403  403  403  403  ok   in",
    "GET desk.received_mail": "403  403  403  403  ok   in",
    "GET desk.received_mails": "403  403  403  403  ok   in",
    "POST desk.restore_mail": "403  403  403  403  ok   in",
    "POST desk.activate_rule": "403  403  403  403  ok   in",
    "POST desk.discard_rule": "403  403  403  403  ok   in",
    "POST desk.draft_rule": "403  403  403  403  ok   in",
    "GET desk.rule": "403  403  403  403  ok   in",
    "GET desk.rule_act": "403  403  403  403  ok   in",
    "GET desk.rules": "403  403  403  403  ok   in",
    "POST desk.try_rule": "403  403  403  403  ok   in",
    "GET organization.change_of_partner": "403  403  404  ok   404  in",
    "GET organization.changes_of_partner": "403  403  404  ok   404  in",
    "GET organization.change_act": "403  403  404  ok   404  in",
    "POST organization.dispute": "403  403  404  ok   404  in",
    "POST organization.do_leave": "403  403  404  ok   404  in",
    "GET organization.leave": "403  403  404  ok   404  in",
    "POST organization.take_back": "403  403  404  ok   404  in",
    "POST store.dispute": "ok   ok   404  403  403  in",
    "POST store.do_release_customer": "ok   ok   404  403  403  in",
    "GET store.former_customer": "ok   ok   404  403  403  in",
    "GET store.former_customer_act": "ok   ok   ok   403  403  in",
    "GET store.former_customer_file": "ok   ok   404  403  403  in",
    "GET store.former_customers": "ok   ok   ok   403  403  in",
    "GET store.release_act": "ok   ok   ok   403  403  in",
    "GET store.release_customer": "ok   ok   404  403  403  in",
    "POST store.withdraw_release": "ok   ok   404  403  403  in",
    "GET organization.attach": "403  403  404  ok   404  in",
    "GET organization.attach_act": "403  403  404  ok   404  in",
    "POST organization.decline_offer": "403  403  404  ok   404  in",
    "POST organization.do_attach": "403  403  404  ok   404  in",
    "POST organization.do_enter_code": "403  403  404  ok   404  in",
    "POST organization.do_make_token": "403  403  404  ok   404  in",
    "GET organization.enter_code": "403  403  404  ok   404  in",
    "GET organization.make_token": "403  403  404  ok   404  in",
    "POST organization.unblock_partner": "403  403  404  ok   404  in",
    "POST organization.withdraw_token": "403  403  404  404  404  in",  # the offer is a request
    "POST store.ask_customer": "ok   ok   ok   403  403  in",
    "GET store.attach": "ok   ok   ok   403  403  in",
    "GET store.attach_act": "ok   ok   ok   403  403  in",
    "POST store.confirm_token": "404  404  404  403  403  in",
    "POST store.do_redeem_token": "ok   ok   ok   403  403  in",
    "POST store.make_code": "ok   ok   ok   403  403  in",
    "GET store.redeem_token": "ok   ok   ok   403  403  in",
    "GET store.token": "404  404  404  403  403  in",
    "POST store.withdraw_offer": "404  404  ok   403  403  in",  # the outsider has asked
    "POST account.accept_handover": "404  404  404  404  404  in",
    "GET account.accept_invitation": "410  410  410  410  410  410",
    "POST account.change_password": "ok   ok   ok   ok   ok   in",
    "POST account.change_settings": "ok   ok   ok   ok   ok   in",
    "POST account.decline_handover": "404  404  404  404  404  in",
    "GET account.forgot_password": "ok   ok   ok   ok   ok   ok",
    "GET account.handover": "404  404  404  404  404  in",
    "GET account.handover_answer": "ok   ok   ok   ok   ok   in",
    "GET account.password": "ok   ok   ok   ok   ok   in",
    "POST account.choose_place": "404  404  404  404  404  in",
    "GET account.place": "ok   ok   ok   ok   ok   in",
    "GET account.claim": "in   in   in   in   in   in",
    "GET account.claim_link": "410  410  410  410  410  410",
    "GET account.claim_part": "in   in   in   in   in   in",
    "POST account.confirm_claim": "in   in   in   in   in   in",
    "GET account.identities": "ok   ok   ok   ok   ok   in",
    "GET account.identity": "ok   ok   ok   ok   ok   in",
    "POST account.mail_claim": "in   in   in   in   in   in",
    "GET account.sign_on": "ok   ok   ok   ok   ok   ok",
    "GET account.sign_on_trouble": "ok   ok   ok   ok   ok   ok",
    "POST account.submit_claim": "in   in   in   in   in   in",
    "POST account.submit_claim_link": "410  410  410  410  410  410",
    "POST account.unlink_identity": "ok   404  404  404  404  in",
    "GET account.privacy": "ok   ok   ok   ok   ok   in",
    "GET account.privacy_act": "ok   ok   ok   ok   ok   in",
    "POST account.ask_own_erasure": "ok   ok   ok   ok   ok   in",
    "POST account.ask_own_export": "ok   ok   ok   ok   ok   in",
    "GET account.own_export_file": "ok   404  404  404  404  in",
    "POST account.withdraw_own_erasure": "ok   ok   ok   ok   ok   in",
    "GET account.prove": "ok   ok   ok   ok   ok   in",
    "POST account.submit_prove": "ok   ok   ok   ok   ok   in",
    "GET account.reset_password": "410  410  410  410  410  410",
    "POST account.end_all_sessions": "ok   ok   ok   ok   ok   in",
    "POST account.end_other_sessions": "ok   ok   ok   ok   ok   in",
    "POST account.end_session": "404  404  404  404  404  in",
    "GET account.session_acts": "ok   ok   ok   ok   ok   in",
    "GET account.sessions": "ok   ok   ok   ok   ok   in",
    "GET account.settings": "ok   ok   ok   ok   ok   in",
    "GET account.sign_in": "ok   ok   ok   ok   ok   ok",
    "POST account.sign_out": "ok   ok   ok   ok   ok   ok",
    "GET account.sign_up": "ok   ok   ok   ok   ok   ok",
    "GET account.sign_up_sent": "ok   ok   ok   ok   ok   ok",
    "POST account.submit_accept_invitation": "410  410  410  410  410  410",
    "POST account.submit_forgot_password": "ok   ok   ok   ok   ok   ok",
    "POST account.submit_reset_password": "410  410  410  410  410  410",
    "POST account.submit_sign_in": "ok   ok   ok   ok   ok   ok",
    "POST account.submit_sign_up": "ok   ok   ok   ok   ok   ok",
    "POST account.submit_verify_email": "410  410  410  410  410  410",
    "GET account.verify_email": "410  410  410  410  410  410",
    "GET console.add_customer": "ok   ok   ok   403  403  in",
    "GET store.change": "ok   ok   404  403  403  in",
    "GET store.changes": "ok   ok   ok   403  403  in",
    "POST console.check_domain": "ok   ok   404  403  403  in",
    "GET console.customers": "ok   ok   ok   403  403  in",
    "POST store.decline_change": "ok   ok   404  403  403  in",
    "POST console.do_add_customer": "ok   ok   ok   403  403  in",
    "POST console.do_import": "ok   404  404  403  403  in",
    "POST console.do_import_customers": "ok   ok   ok   403  403  in",
    "GET console.domain": "ok   ok   404  403  403  in",
    "GET console.export_customers": "ok   ok   ok   403  403  in",
    "POST console.extend_trial": "ok   ok   404  403  403  in",
    "GET console.home": "ok   ok   ok   403  403  in",
    "GET console.import_customers": "ok   ok   ok   403  403  in",
    "GET console.import_sample": "ok   ok   ok   403  403  in",
    "GET console.import_status": "ok   404  404  403  403  in",
    "GET console.payments": "ok   ok   ok   403  403  in",
    "POST console.send_domain_link": "ok   ok   404  403  403  in",
    "GET crawlers.robots": "ok   ok   ok   ok   ok   ok",
    "GET crawlers.sitemap": "ok   ok   ok   ok   ok   ok",
    "POST desk.accept": "403  403  403  403  ok   in",
    "GET desk.act": "403  403  403  403  ok   in",
    "GET desk.application": "403  403  403  403  ok   in",
    "GET desk.applications": "403  403  403  403  ok   in",
    "POST desk.decline": "403  403  403  403  ok   in",
    "POST desk.note": "403  403  403  403  ok   in",
    "POST desk.question": "403  403  403  403  ok   in",
    "POST desk.ask_refund": "403  403  403  403  ok   in",
    "GET desk.appoint_staff": "403  403  403  403  ok   in",
    "POST desk.change_staff": "403  403  403  403  ok   in",
    "POST desk.do_appoint_staff": "403  403  403  403  ok   in",
    "POST desk.end_staff": "403  403  403  403  ok   in",
    "POST desk.invite_staff_again": "403  403  403  403  ok   in",
    "GET desk.member_of_staff": "403  403  403  403  ok   in",
    "GET desk.own_place": "403  403  403  403  ok   in",
    "POST desk.set_staff_language": "403  403  403  403  ok   in",
    "GET desk.staff": "403  403  403  403  ok   in",
    "GET desk.staff_act": "403  403  403  403  ok   in",
    "GET desk.help": "403  403  403  403  ok   in",
    "GET desk.help_answers": "403  403  403  403  ok   in",
    "GET desk.help_article": "403  403  403  403  ok   in",
    "GET desk.home": "403  403  403  403  ok   in",
    "POST desk.settle_answer": "403  403  403  403  ok   in",
    "GET desk.invoice": "403  403  403  403  ok   in",
    "GET desk.invoice_pdf": f"403  403  403  403  {_PDF}  in",
    "GET desk.invoices": "403  403  403  403  ok   in",
    "POST desk.approve_payout": "403  403  403  403  ok   in",
    "GET desk.partner": "403  403  403  403  ok   in",
    "GET desk.partner_tier": "403  403  403  403  ok   in",
    "GET desk.partners": "403  403  403  403  ok   in",
    "GET desk.payout": "403  403  403  403  ok   in",
    "GET desk.payout_part": "403  403  403  403  ok   in",
    "GET desk.payouts": "403  403  403  403  ok   in",
    "POST desk.record_payment": "403  403  403  403  ok   in",
    "POST desk.reject_payout": "403  403  403  403  ok   in",
    "POST desk.set_tier": "403  403  403  403  ok   in",
    "GET desk.referrals": "403  403  403  403  ok   in",
    "POST desk.lift_suspension": "403  403  403  403  ok   in",
    "GET desk.subscription": "403  403  403  403  ok   in",
    "GET desk.subscription_of": "403  403  403  403  ok   in",
    "POST desk.suspend_subscription": "403  403  403  403  ok   in",
    "GET desk.retention": "403  403  403  403  ok   in",
    "POST desk.approve_refund": "403  403  403  403  ok   in",
    "GET desk.refund_request": "403  403  403  403  ok   in",
    "GET desk.refund_requests": "403  403  403  403  ok   in",
    "POST desk.reject_refund": "403  403  403  403  ok   in",
    "POST desk.withdraw_refund": "403  403  403  403  404  in",
    "GET desk.refunds": "403  403  403  403  ok   in",
    "GET dev.codes": "ok   ok   ok   ok   ok   ok",
    "GET dev.dns": "ok   ok   ok   ok   ok   ok",
    "GET dev.mail": "ok   ok   ok   ok   ok   ok",
    "GET dev.one_mail": "404  404  404  404  404  404",
    "POST dev.place_file": "ok   ok   ok   ok   ok   ok",
    "POST dev.place_needed": "404  404  404  404  404  404",
    "POST dev.place_record": "ok   ok   ok   ok   ok   ok",
    "POST dev.place_zone": "ok   ok   ok   ok   ok   ok",
    "GET hooks.back": "ok   ok   404  ok   ok   ok",
    "POST hooks.card_event": "400  400  400  400  400  400",  # unsigned
    "GET sign_on.back": "in   in   in   in   in   in",
    "POST organization.accept_partner": "403  403  404  ok   404  in",
    "POST organization.add_alias": "ok   ok   404  ok   404  in",
    "POST organization.add_domain": "ok   ok   404  ok   404  in",
    "GET organization.add_group": "ok   ok   404  ok   404  in",
    "POST organization.add_members": "ok   ok   404  ok   404  in",
    "GET organization.add_policy": "ok   ok   404  ok   404  in",
    "GET organization.aliases": "ok   ok   404  ok   404  in",
    "POST organization.approve_consent": "403  403  404  ok   404  in",
    "POST organization.ask_change": "403  403  404  ok   404  in",
    "GET organization.ask_consent": "404  404  404  403  404  in",
    "POST organization.assign_policy": "ok   ok   404  ok   404  in",
    "GET organization.catch_all": "ok   ok   404  ok   404  in",
    "POST organization.check_own_domain": "ok   ok   404  ok   404  in",
    "GET organization.consent": "ok   ok   404  ok   404  in",
    "GET organization.dashboard": "403  403  404  ok   404  in",
    "POST organization.decline_consent": "403  403  404  ok   404  in",
    "POST organization.decline_partner": "403  403  404  ok   404  in",
    "GET organization.delete_group": "ok   ok   404  ok   404  in",
    "POST organization.delete_policy": "ok   ok   404  ok   404  in",
    "POST organization.do_add_group": "ok   ok   404  ok   404  in",
    "POST organization.do_add_policy": "ok   ok   404  ok   404  in",
    "POST organization.do_ask_consent": "404  404  404  403  404  in",
    "POST organization.do_delete_group": "ok   404  404  404  404  in",  # gone for whoever comes second
    "POST organization.do_import_users": "ok   ok   404  ok   404  in",
    "POST organization.do_revoke_partner": "403  403  404  ok   404  in",
    "POST organization.do_user_import": "ok   404  404  404  404  in",
    "GET organization.domain": "ok   ok   404  ok   404  in",
    "GET organization.domain_part": "ok   ok   404  ok   404  in",
    "GET organization.domains": "ok   ok   404  ok   404  in",
    "POST organization.edit_dashboard": "403  403  404  ok   404  in",
    "POST organization.edit_group": "ok   ok   404  ok   404  in",
    "POST organization.edit_organization": "ok   ok   404  ok   404  in",
    "POST organization.edit_policy": "ok   ok   404  ok   404  in",
    "GET organization.effective_policy": "ok   ok   404  ok   404  in",
    "GET organization.group": "ok   ok   404  ok   404  in",
    "GET organization.groups": "ok   ok   404  ok   404  in",
    "POST organization.back_up_user": "403  403  404  ok   404  in",
    "GET organization.backup_file": "403  403  404  ok   404  in",
    "GET organization.backups": "403  403  404  ok   404  in",
    "GET organization.invoice": "ok   ok   404  ok   404  in",
    "GET organization.invoice_pdf": f"{_PDF}  {_PDF}  404  {_PDF}  404  in",
    "GET organization.invoices": "ok   ok   404  ok   404  in",
    "GET organization.home": "ok   ok   404  ok   404  in",
    "GET organization.import_users": "ok   ok   404  ok   404  in",
    "GET organization.limits": "ok   ok   404  ok   404  in",
    "GET organization.mail_policies": "ok   ok   404  ok   404  in",
    "GET organization.mail_policy": "ok   ok   404  ok   404  in",
    "POST organization.make_default": "ok   ok   404  ok   404  in",
    "POST organization.make_primary": "ok   ok   404  ok   404  in",
    "GET organization.members": "ok   ok   404  ok   404  in",
    "POST organization.move_policy": "ok   ok   404  ok   404  in",
    "POST organization.open_referrals": "403  403  404  ok   404  in",
    "GET organization.partner": "ok   ok   404  ok   404  in",
    "GET organization.partner_act": "ok   ok   404  ok   404  in",
    "GET organization.policy_part": "ok   ok   404  ok   404  in",
    "GET organization.privacy": "403  403  404  ok   404  in",
    "GET organization.privacy_act": "403  403  404  ok   404  in",
    "POST organization.ask_erasure": "403  403  404  ok   404  in",
    "POST organization.ask_export": "403  403  404  ok   404  in",
    "GET organization.export_file": "403  403  404  ok   404  in",
    "POST organization.withdraw_erasure": "403  403  404  ok   404  in",
    "POST organization.propose_super_admin": "403  403  404  ok   404  in",
    "GET organization.record": "ok   ok   404  ok   404  in",
    "GET organization.record_file": "ok   ok   404  ok   404  in",
    "GET organization.referrals": "403  403  404  ok   404  in",
    "POST organization.remove_alias": "ok   404  404  404  404  in",  # gone for whoever comes second
    "POST organization.remove_catch_all": "ok   ok   404  ok   404  in",
    "POST organization.remove_domain": "ok   ok   404  ok   404  in",
    "POST organization.remove_member": "ok   ok   404  ok   404  in",
    "GET organization.requests": "ok   ok   404  ok   404  in",
    "POST organization.resume_partner": "403  403  404  ok   404  in",
    "GET organization.revoke_partner": "403  403  404  ok   404  in",
    "POST organization.send_own_domain_link": "ok   ok   404  ok   404  in",
    "POST organization.set_catch_all": "ok   ok   404  ok   404  in",
    "POST organization.set_contacts_sync": "403  403  404  ok   404  in",
    "POST organization.set_tfa": "403  403  404  ok   404  in",
    "GET organization.settings": "ok   ok   404  ok   404  in",
    "GET organization.settings_section": "ok   ok   404  ok   404  in",
    "GET organization.subscription": "ok   ok   404  ok   404  in",
    "POST organization.suspend_partner": "403  403  404  ok   404  in",
    "POST organization.unassign_policy": "ok   ok   404  ok   404  in",
    "GET organization.user_import": "ok   404  404  404  404  in",
    "GET organization.user_import_faults": "ok   404  404  404  404  in",
    "GET organization.user_import_sample": "ok   ok   404  ok   404  in",
    "POST organization.act_on_users": "ok   ok   404  ok   404  in",
    "GET organization.add_user": "ok   ok   404  ok   404  in",
    "POST organization.change_role": "403  403  404  ok   404  in",
    "GET organization.delete_user": "403  403  404  ok   404  in",
    "POST organization.do_add_user": "ok   ok   404  ok   404  in",
    "POST organization.do_delete_user": "403  403  404  ok   404  in",
    "POST organization.edit_user": "ok   ok   404  ok   404  in",
    "GET organization.picture": "ok   ok   404  ok   404  in",
    "POST organization.remove_picture": "403  403  404  ok   404  in",
    "POST organization.resend_invitation": "ok   ok   404  ok   404  in",
    "POST organization.reset_user_password": "403  403  404  ok   404  in",
    "POST organization.resume_user": "ok   ok   404  ok   404  in",
    "POST organization.set_picture": "403  403  404  ok   404  in",
    "POST organization.suspend_user": "ok   ok   404  ok   404  in",
    "GET organization.user": "ok   ok   404  ok   404  in",
    "GET organization.user_part": "ok   ok   404  ok   404  in",
    "GET organization.users": "ok   ok   404  ok   404  in",
    "POST organization.withdraw_change": "403  403  404  ok   404  in",
    "POST organization.withdraw_consent": "ok   ok   404  403  404  in",
    "POST organization.withdraw_proposal": "403  403  404  ok   404  in",
    "GET account.second_factor": "ok   ok   ok   ok   ok   in",
    "GET account.second_factor_part": "ok   ok   ok   ok   ok   in",
    "POST account.start_app": "ok   ok   ok   ok   ok   in",
    "GET account.app": "ok   ok   ok   ok   ok   in",
    "POST account.confirm_app": "ok   ok   ok   ok   ok   in",
    "GET account.removal_of_app": "ok   ok   ok   ok   ok   in",
    "POST account.remove_app": "ok   ok   ok   ok   ok   in",
    "POST account.renew_codes": "404  404  404  ok   ok   in",
    "GET account.sign_in_code": "ok   ok   ok   ok   ok   in",
    "POST account.submit_sign_in_code": "ok   ok   ok   ok   ok   ok",
    "GET account.sign_in_part": "in   in   in   in   in   in",
    "POST account.ask_passkey_to_enter": "ok   ok   ok   ok   ok   ok",
    "POST account.enter_by_passkey": "in   in   in   in   in   in",
    "GET account.add_passkey": "ok   ok   ok   ok   ok   in",
    "POST account.do_add_passkey": "ok   ok   ok   ok   ok   in",
    "GET account.passkey_part": "ok   ok   ok   ok   ok   in",
    "POST account.ask_passkey": "ok   ok   ok   ok   ok   in",
    "GET account.passkey": "ok   404  404  404  404  in",
    "POST account.rename_passkey": "ok   404  404  404  404  in",
    "GET account.removal_of_passkey": "ok   404  404  404  404  in",
    "POST account.remove_passkey": "ok   404  404  404  404  in",
    "GET account.prove_part": "ok   ok   ok   ok   ok   in",
    "POST account.ask_passkey_to_prove": "ok   ok   ok   ok   ok   in",
    "POST account.prove_by_passkey": "ok   ok   ok   ok   ok   in",
    "POST organization.reset_second_factor": "403  403  404  ok   404  in",
    "POST public.again": "ok   ok   ok   404  404  in",
    "POST public.answer": "ok   ok   ok   ok   ok   in",
    "GET public.application": "ok   ok   ok   ok   ok   in",
    "GET public.apply": "ok   ok   ok   ok   ok   ok",
    "GET public.apply_review": "ok   ok   ok   ok   ok   ok",
    "GET public.apply_step": "ok   ok   ok   ok   ok   ok",
    "POST public.check_domain_link": "404  404  404  404  404  404",
    "GET public.choose_language": "ok   ok   ok   ok   ok   ok",
    "POST public.do_refer": "404  404  404  404  404  404",
    "GET public.domain_link": "404  404  404  404  404  404",
    "POST public.answer_article": "400  400  400  400  400  400",  # neither yes nor no
    "GET public.help_article": "ok   ok   ok   ok   ok   ok",
    "GET public.help_changes": "ok   ok   ok   ok   ok   ok",
    "GET public.help_contact": "ok   ok   ok   ok   ok   ok",
    "GET public.help_index": "ok   ok   ok   ok   ok   ok",
    "GET public.help_search": "ok   ok   ok   ok   ok   ok",
    "GET public.help_thanks": "ok   ok   ok   ok   ok   ok",
    "GET public.home": "ok   ok   ok   ok   ok   ok",
    "GET public.refer": "404  404  404  404  404  404",
    "GET public.referred": "404  404  404  404  404  404",
    "POST public.save_step": "ok   ok   ok   ok   ok   ok",
    "POST public.submit": "ok   ok   ok   ok   ok   ok",
    "GET public.withdraw": "ok   ok   ok   ok   ok   in",
    "POST public.withdraw_now": "ok   ok   ok   ok   ok   in",
    "GET calendar.feed": "404  404  404  404  404  404",
    "GET store.billing_details": "ok   ok   ok   403  403  in",
    "GET store.card": "ok   ok   404  403  403  in",
    "GET store.card_setup": "ok   ok   404  403  403  in",
    "GET store.cards": "ok   ok   ok   403  403  in",
    "POST store.change_card": "ok   ok   404  403  403  in",
    "GET store.customer_history": "ok   ok   404  403  403  in",
    "POST store.do_edit_customer": "ok   ok   404  403  403  in",
    "POST store.drop_feed": "ok   ok   ok   403  403  in",
    "GET store.edit_customer": "ok   ok   404  403  403  in",
    "GET store.feed": "ok   ok   ok   403  403  in",
    "POST store.make_feed": "ok   ok   ok   403  403  in",
    "GET store.removal_of_card": "ok   ok   ok   403  403  in",
    "POST store.remove_card": "ok   ok   404  403  403  in",
    "GET store.renewals": "ok   ok   ok   403  403  in",
    "POST store.save_billing_details": "ok   ok   ok   403  403  in",
    "POST sandbox.answer": "404  404  404  404  404  404",  # another gateway is connected
    "POST sandbox.cancel_card": "404  404  404  404  404  404",
    "GET sandbox.card": "404  404  404  404  404  404",
    "GET sandbox.confirm": "404  404  404  404  404  404",
    "POST sandbox.enter_card": "404  404  404  404  404  404",
    "POST store.ask_payout": "ok   403  ok   403  403  in",
    "GET store.bank": "ok   403  ok   403  403  in",
    "POST store.change_bank": "ok   403  ok   403  403  in",
    "GET store.commission": "ok   ok   ok   403  403  in",
    "GET store.entry": "ok   ok   404  403  403  in",
    "GET store.payout": "ok   ok   404  403  403  in",
    "GET store.payouts": "ok   ok   ok   403  403  in",
    "GET store.statement": "ok   ok   404  403  403  in",
    "GET store.statement_file": "ok   ok   404  403  403  in",
    "GET store.what_if": "ok   ok   404  403  403  in",
    "GET store.access_request": "ok   ok   ok   403  403  in",
    "POST store.ask_access": "ok   ok   404  403  403  in",
    "GET store.customer": "ok   ok   404  403  403  in",
    "GET store.customer_record": "ok   ok   404  403  403  in",
    "GET store.customer_record_file": "ok   ok   404  403  403  in",
    "GET store.customers": "ok   ok   ok   403  403  in",
    "GET store.home": "ok   ok   ok   403  403  in",
    "GET store.invoice": "ok   ok   404  403  403  in",
    "GET store.invoice_pdf": f"{_PDF}  {_PDF}  404  403  403  in",
    "GET store.invoices": "ok   ok   ok   403  403  in",
    "POST store.pay_invoice": "ok   ok   404  403  403  in",
    "GET store.paying_invoice": "ok   ok   ok   403  403  in",
    "POST store.withdraw_access_request": "ok   ok   404  403  403  in",
    "GET store.add_service": "ok   ok   404  403  403  in",
    "POST store.cancel_planned": "ok   ok   404  403  403  in",
    "GET store.change_act": "ok   ok   ok   403  403  in",
    "GET store.change_subscription": "ok   ok   404  403  403  in",
    "POST store.do_add_service": "ok   ok   404  403  403  in",
    "POST store.do_change_subscription": "ok   ok   404  403  403  in",
    "POST store.do_end_subscription": "ok   ok   404  403  403  in",
    "GET store.end_subscription": "ok   ok   404  403  403  in",
    "POST store.extend_trial_of": "ok   ok   404  403  403  in",
    "POST store.lift_suspension": "ok   ok   404  403  403  in",
    "GET store.order": "ok   ok   404  403  403  in",
    "POST store.ask_export": "ok   ok   ok   403  403  in",
    "GET store.export": "ok   404  404  403  403  in",
    "GET store.export_file": "ok   404  404  403  403  in",
    "GET store.exports": "ok   ok   ok   403  403  in",
    "GET store.overview": "ok   ok   ok   403  403  in",
    "GET store.overview_file": "ok   ok   ok   403  403  in",
    "GET store.payments": "ok   ok   ok   403  403  in",
    "GET store.payments_file": "ok   ok   ok   403  403  in",
    "GET store.reconciliation": "ok   ok   ok   403  403  in",
    "GET store.order_act": "ok   ok   ok   403  403  in",
    "GET store.services": "ok   ok   404  403  403  in",
    "POST store.set_renewal": "ok   ok   404  403  403  in",
    "GET store.subscription": "ok   ok   404  403  403  in",
    "GET store.subscription_act": "ok   ok   ok   403  403  in",
    "POST store.suspend_subscription": "ok   ok   404  403  403  in",
    "POST store.withdraw_order": "ok   ok   404  403  403  in",
    "POST store.change_member": "ok   ok   404  403  403  in",
    "POST store.do_invite_member": "ok   ok   ok   403  403  in",
    "POST store.do_leave_team": "ok   ok   ok   403  403  in",
    "POST store.do_remove_member": "ok   ok   404  403  403  in",
    "GET store.invite_member": "ok   ok   ok   403  403  in",
    "GET store.leave_team": "ok   ok   ok   403  403  in",
    "GET store.member": "ok   ok   404  403  403  in",
    "GET store.member_invitation": "ok   ok   ok   403  403  in",
    "GET store.member_language": "ok   ok   ok   403  403  in",
    "GET store.remove_member": "ok   ok   404  403  403  in",
    "POST store.resend_member_invitation": "ok   ok   404  403  403  in",
    "POST store.set_member_language": "ok   ok   ok   403  403  in",
    "GET store.team": "ok   ok   ok   403  403  in",
    "POST store.withdraw_member_invitation": "ok   ok   404  403  403  in",
}


def people(cast: Any) -> dict[str, Any]:
    persons = {"owner": cast.admin, "member": cast.colleague, "outsider": cast.outsider, "customer": cast.siam_admin,
               "staff": cast.reviewer}
    return {**{name: person.browser() for name, person in persons.items()}, "nobody": cast.app.test_client()}


def things(cast: Any) -> dict[str, str]:
    """What stands in the addresses: all of it belongs to the owner's partner."""
    colleague = cast.person("finance@vendor.example", "en", staff="finance")
    with transaction():
        application = Application.create(
            account=cast.newcomer.account, language="th", state="submitted", company="Siam Apps", country="TH",
            expertise="workplace", created_at=cast.now, submitted_at=cast.now, due_on=cast.now.date(),
            saved_at=cast.now,
        )
        job = Job.create(
            kind="directory.import-check", key=f"directory.import-check:{cast.andina.id}:x", payload={"rows": []},
            run_at=cast.now, created_at=cast.now, account_id=cast.admin.account.id,
        )
        report = Job.create(
            kind="directory.user-import-check", key=f"directory.user-import-check:{cast.siam.id}:x",
            payload={"rows": []}, run_at=cast.now, created_at=cast.now, account_id=cast.admin.account.id,
        )
        consent = Consent.create(
            organization=cast.siam, partner=cast.andina, task="tfa:set", arguments={"required": True}, reason="?",
            asked_by=cast.admin.account.id, asked_by_name="?", created_at=cast.now,
            expires_at=cast.now + timedelta(days=3),
        )
        owned = Subscription.get(Subscription.organization == cast.siam)
        change = ChangeRequest.create(
            organization=cast.siam, subscription=owned, kind="licenses", licenses=20, created_at=cast.now,
        )
        order = Order.create(
            organization=cast.siam, partner=cast.andina, subscription=owned, kind="change", service=owned.service,
            target={"now": asdict(terms_of(owned)), "later": None}, bill={}, currency="USD", total=0, card_kind="none",
            seen=0, state="done", created_at=cast.now, settled_at=cast.now,
        )
        offer = Offer.create(
            kind="request", organization=cast.siam, partner=cast.outsider.partner, asked_for="siam.example",
            message="?", made_by_name="?", created_at=cast.now, expires_at=cast.now + timedelta(days=15),
        )
        moved = Change.create(  # one public id: both stand at the same place in an address
            public_id=change.public_id, organization=cast.siam, from_partner=cast.andina, by="customer", state="done",
            effective_on=cast.now.date(), decided_by_name="?", created_at=cast.now, done_at=cast.now,
        )
        dispute = Dispute.create(
            change=moved, side="customer", text="?", raised_by_name="?", created_at=cast.now,
        )
        invitation = Invitation.create(
            organization=cast.siam, partner=cast.andina, message="?", created_at=cast.now,
            expires_at=cast.now + timedelta(days=15),
        )
        policy = MailPolicy.create(
            organization=cast.siam, name="Default", position=1, attachment_mb=25, forwarding="off", created_at=cast.now,
        )
        holder = cast.user("policy-holder@siam.example")
        Picture.create(user=holder, data=b"WebP", digest="x", updated_at=cast.now)
        alias = Address.create(
            organization=cast.siam, text="alias@siam.example", domain="siam.example", kind="alias", user=holder,
            created_at=cast.now,
        )
        group = Group.create(organization=cast.siam, name="Sales", name_key="sales", created_at=cast.now)
        Address.create(
            organization=cast.siam, text="sales@siam.example", domain="siam.example", kind="group", group=group,
            created_at=cast.now,
        )
        export = Export.create(
            partner=cast.andina, account=cast.admin.account, asked={"filter": {"administered": False}}, format="csv",
            language="en", state="ready", content=b"Day", created_at=cast.now, ready_at=cast.now,
            expires_at=cast.now + timedelta(days=7),
        )
        copies = [
            DataExport.create(
                account=asker.account, organization=about, language="en", state="ready", archive=b"PK",
                created_at=cast.now, ready_at=cast.now, expires_at=cast.now + timedelta(days=7),
            ) for asker, about in ((cast.admin, None), (cast.siam_admin, cast.siam))
        ]
        backup = Backup.create(
            organization=cast.siam, user=holder, user_name="Holder", user_email=holder.email, state="ready",
            archive=b"PK", created_at=cast.now, ready_at=cast.now, expires_at=cast.now + timedelta(days=7),
        )
        passkey = Passkey.create(
            account=cast.admin.account, credential="eHg", public_key=b"x", name="Phone", created_at=cast.now,
        )
        identity = Identity.create(
            account=cast.admin.account, provider="acme", issuer="https://acme.example", subject="x",
            created_at=cast.now,
        )
        card = Card.create(
            partner=cast.andina, gateway="fake", customer="payer", token="unused", brand="visa", last4="1111",
            exp_month=12, exp_year=2030, created_at=cast.now,
        )
        setup = CardSetup.create(
            partner=cast.andina, organization=cast.siam, card_kind="reseller", gateway="fake", created_at=cast.now,
        )
        invoice = an_invoice(cast)
        refund = RefundRequest.create(
            invoice=invoice, amount=100, currency=invoice.currency, reason="?", asked_by=colleague.account.id,
            asked_by_name="?", created_at=cast.now,
        )
        bank(cast.make_ctx(), cast.andina)
        earn(cast.make_ctx(), cast.andina, 50_000, "x")
        payout = ask_payout(cast.admin.ctx, "USD", 20_000, 50_000)
        invited = Invited.create(
            partner=cast.andina, account=cast.newcomer.account, role="sales", customers=[], invited_by_name="?",
            created_at=cast.now, expires_at=cast.now + timedelta(days=15),
        )
    with transaction():
        Member.update(help_center=True).where(Member.account == cast.admin.account).execute()
    file = upload(cast.admin.ctx, "screen.txt", b"What I see")
    ticket = add_ticket(cast.admin.ctx, Request("No mail", "Since 9:00", attachments=[file.public_id]), "help-center")
    with transaction():
        mail = Received.create(
            mailbox="partner-support@zohocorp.com", sha256="0" * 64, content=b"Subject: ?\r\n\r\n?", size=15,
            state="held", reason="unknown-sender", received_at=cast.now,
        )
        feedback = Answer.create(
            public_id="feedback", key="partner-programme", lang="es", helpful=False, sentence="?", created_at=cast.now,
        )
        rule = SupportRule.create(
            version=1, state="draft", thresholds={"US": 100}, excluded=["campaigns"], note="?", created_at=cast.now,
        )
    acme = Provider("acme", "Acme", "https://acme.example", "portal", "secret")
    cast.make_ctx().ports.signon.providers[acme.code] = acme
    return {
        "provider": "acme", "reason": "denied", "identity": identity.public_id, "claim_part": "mail",
        "passkey": passkey.public_id, "factor_act": "start", "entry_act": "passkey", "proof_act": "passkey",
        "payout": payout.public_id, "entry": Entry.get(Entry.key == "x").public_id, "currency": "USD",
        "month": cast.now.date().isoformat()[:7], "partner": cast.andina.public_id, "decision": "approve",
        "invoice": invoice.public_id, "refund": refund.public_id, "refund_act": "approve",
        "card": card.public_id, "setup": setup.public_id,
        "what": "setup", "public_id": setup.public_id, "gateway": "fake", "session": "none",
        "person": colleague.account.public_id, "session_act": "others",
        "session_id": Session.get(Session.account == colleague.account).public_id,
        "own_export": copies[0].public_id, "archive": copies[1].public_id,
        "backup": backup.public_id, "export": export.public_id, "format": "csv",
        "address": alias.public_id, "group": group.public_id,
        "domain": Domain.get(Domain.organization == cast.siam).public_id, "report": report.public_id,
        "subscription": owned.public_id, "order": order.public_id, "plan": "crm-standard",
        "policy": policy.public_id, "part": "delete", "assignment": holder.public_id, "user": holder.public_id,
        "invitation": invitation.public_id, "change": change.public_id, "consent": consent.public_id,
        "offer": offer.public_id, "dispute": dispute.public_id,
        "lang": "en", "customer": cast.siam.public_id, "organization": cast.siam.public_id, "job": job.public_id,
        "application": application.public_id, "act": "note", "step": "company", "token": "x.y",
        "slug": "partner-programme", "article": "partner-programme", "translation": "es",
        "feedback": feedback.public_id, "name": "none", "section": "tfa",
        "member": Member.get(Member.account == cast.colleague.account).public_id, "invited": invited.public_id,
        "ticket": ticket.public_id, "attachment": file.public_id,
        "mail": mail.public_id, "mail_act": "ticket", "rule": rule.public_id, "rule_act": "trial",
        "task": "role", "handover": "none", "code": "none", "answer": "accept",
    }


def lines(app: Any) -> dict[str, Rule]:
    return {
        f"{method} {rule.endpoint}": rule
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    }


def answer(browser: Any, method: str, path: str) -> str:
    response = browser.open(path, method=method)
    if response.status_code in (302, 303) and "/sign-in" in response.headers["Location"]:
        return "in"
    return "ok" if response.status_code in (200, 301, 302, 303, 304, 409, 422) else str(response.status_code)


def test_every_endpoint_has_its_line(app) -> None:
    assert lines(app).keys() == TABLE.keys()


def address(app: Any, line: str, values: dict[str, str]) -> str:
    with app.test_request_context():
        rule = lines(app)[line]
        _, path = rule.build({name: values[name] for name in rule.arguments}) or ("", "")
    return str(path)


@pytest.mark.parametrize("who", CAST)
def test_each_reads_what_the_table_says(who: str, app, cast) -> None:
    """Reading changes nothing: one database serves all pages of a person."""
    values, browser, column = things(cast), people(cast)[who], CAST.index(who)
    pages = [line for line in TABLE if line.startswith("GET ")]
    got = {line: answer(browser, "GET", address(app, line, values)) for line in pages}
    assert got == {line: TABLE[line].split()[column] for line in pages}


@pytest.mark.parametrize("line", sorted(line for line in TABLE if line.startswith("POST ")))
def test_each_gets_the_answer_that_the_table_says(line: str, app, cast) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # whether a person may is asked first, and alone here
    path = address(app, line, things(cast))
    got = {name: answer(browser, "POST", path) for name, browser in people(cast).items()}
    assert got == dict(zip(CAST, TABLE[line].split(), strict=True)), path
