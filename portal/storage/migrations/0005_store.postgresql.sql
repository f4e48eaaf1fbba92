ALTER TABLE "organization" ADD COLUMN "card_kind" VARCHAR(255) NOT NULL DEFAULT 'none' CHECK (card_kind IN ('none', 'reseller', 'customer'));
ALTER TABLE "organization" ADD COLUMN "card_id" BIGINT;
CREATE INDEX "organization_card_id" ON "organization" ("card_id") WHERE ("card_id" IS NOT NULL);
ALTER TABLE "subscription" ADD COLUMN "period_from" DATE;
ALTER TABLE "subscription" ADD COLUMN "anchor_day" INTEGER;
ALTER TABLE "subscription" ADD COLUMN "renewal" VARCHAR(255) NOT NULL DEFAULT 'renew' CHECK (renewal IN ('renew', 'end', 'ask'));
ALTER TABLE "subscription" ADD COLUMN "storage_price" BIGINT NOT NULL DEFAULT 0 CHECK (storage_price >= 0);
ALTER TABLE "subscription" ADD COLUMN "ended_on" DATE;
ALTER TABLE "partner" ADD COLUMN "name_key" VARCHAR(255) NOT NULL DEFAULT '';
CREATE INDEX "partner_name_key_id" ON "partner" ("name_key", "id");
DROP INDEX "subscription_organization_id_service";
CREATE INDEX "subscription_organization_id_service" ON "subscription" ("organization_id", "service");
CREATE UNIQUE INDEX "subscription_live" ON "subscription" ("organization_id", "service") WHERE ("state" != 'ended');

CREATE TABLE "commission_balance" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "amount" BIGINT NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "commission_balance_partner_id_currency" ON "commission_balance" ("partner_id", "currency");

CREATE TABLE "commission_bank_account" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "holder" VARCHAR(255) NOT NULL,
    "bank_name" VARCHAR(255) NOT NULL,
    "number" VARCHAR(255) NOT NULL,
    "bic" VARCHAR(255) NOT NULL,
    "country" VARCHAR(2) NOT NULL,
    "usable_from" TIMESTAMP NOT NULL,
    "created_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "replaced_at" TIMESTAMP,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "commission_bank_account_public_id" ON "commission_bank_account" ("public_id");
CREATE INDEX "commission_bank_account_partner_id_id" ON "commission_bank_account" ("partner_id", "id");
CREATE UNIQUE INDEX "commission_bank_account_present" ON "commission_bank_account" ("partner_id") WHERE ("replaced_at" IS NULL);

CREATE TABLE "bill_to" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT,
    "organization_id" BIGINT,
    "name" VARCHAR(255) NOT NULL,
    "street" VARCHAR(255) NOT NULL,
    "postal_code" VARCHAR(255) NOT NULL,
    "city" VARCHAR(255) NOT NULL,
    "region" VARCHAR(255) NOT NULL,
    "country" VARCHAR(2) NOT NULL,
    "tax_id" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "phone" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    CHECK ((partner_id IS NULL) <> (organization_id IS NULL))
);
CREATE UNIQUE INDEX "bill_to_partner_id" ON "bill_to" ("partner_id");
CREATE UNIQUE INDEX "bill_to_organization_id" ON "bill_to" ("organization_id");

CREATE TABLE "calendar_feed" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "handle" VARCHAR(255) NOT NULL,
    "account_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "calendar_feed_handle" ON "calendar_feed" ("handle");
CREATE UNIQUE INDEX "calendar_feed_account_id" ON "calendar_feed" ("account_id");
CREATE INDEX "calendar_feed_partner_id" ON "calendar_feed" ("partner_id");

CREATE TABLE "payment_card" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT,
    "organization_id" BIGINT,
    "gateway" VARCHAR(255) NOT NULL,
    "customer" VARCHAR(255) NOT NULL,
    "token" VARCHAR(255) NOT NULL,
    "brand" VARCHAR(255) NOT NULL,
    "last4" VARCHAR(4) NOT NULL,
    "exp_month" INTEGER NOT NULL CHECK (exp_month BETWEEN 1 AND 12),
    "exp_year" INTEGER NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('active', 'removed')),
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    CHECK ((partner_id IS NULL) <> (organization_id IS NULL))
);
CREATE UNIQUE INDEX "payment_card_public_id" ON "payment_card" ("public_id");
CREATE INDEX "payment_card_partner_id" ON "payment_card" ("partner_id");
CREATE INDEX "payment_card_organization_id" ON "payment_card" ("organization_id");
CREATE UNIQUE INDEX "payment_card_gateway_token" ON "payment_card" ("gateway", "token");
CREATE INDEX "payment_card_state_exp_year_exp_month_id" ON "payment_card" ("state", "exp_year", "exp_month", "id");

CREATE TABLE "card_setup" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "card_kind" VARCHAR(255) NOT NULL CHECK (card_kind IN ('reseller', 'customer')),
    "gateway" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'open', 'returned', 'done', 'failed', 'expired')),
    "reference" VARCHAR(255),
    "url" VARCHAR(2000) NOT NULL,
    "fault" VARCHAR(255) NOT NULL,
    "card_id" BIGINT,
    "back" VARCHAR(500) NOT NULL,
    "account_id" BIGINT,
    "created_at" TIMESTAMP NOT NULL,
    "settled_at" TIMESTAMP,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("card_id") REFERENCES "payment_card" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "card_setup_public_id" ON "card_setup" ("public_id");
CREATE INDEX "card_setup_partner_id" ON "card_setup" ("partner_id");
CREATE INDEX "card_setup_organization_id" ON "card_setup" ("organization_id");
CREATE UNIQUE INDEX "card_setup_reference" ON "card_setup" ("reference");
CREATE INDEX "card_setup_card_id" ON "card_setup" ("card_id");
CREATE INDEX "card_setup_account_id" ON "card_setup" ("account_id");

CREATE TABLE "billing_order" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "subscription_id" BIGINT,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('buy', 'convert', 'change')),
    "service" VARCHAR(255) NOT NULL,
    "target" TEXT NOT NULL,
    "bill" TEXT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "total" BIGINT NOT NULL CHECK (total >= 0),
    "card_kind" VARCHAR(255) NOT NULL CHECK (card_kind IN ('none', 'reseller', 'customer')),
    "card_id" BIGINT,
    "request_id" BIGINT,
    "answer" VARCHAR(2000) NOT NULL,
    "seen" INTEGER NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('pending', 'done', 'declined', 'returned')),
    "asked_by" BIGINT,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "settled_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("card_id") REFERENCES "payment_card" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("request_id") REFERENCES "change_request" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "billing_order_public_id" ON "billing_order" ("public_id");
CREATE INDEX "billing_order_partner_id" ON "billing_order" ("partner_id");
CREATE INDEX "billing_order_subscription_id" ON "billing_order" ("subscription_id");
CREATE INDEX "billing_order_card_id" ON "billing_order" ("card_id");
CREATE INDEX "billing_order_request_id" ON "billing_order" ("request_id");
CREATE INDEX "billing_order_organization_id_id" ON "billing_order" ("organization_id", "id");
CREATE UNIQUE INDEX "billing_order_pending" ON "billing_order" ("organization_id", "service") WHERE ("state" = 'pending');

CREATE TABLE "invoice" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "entity" VARCHAR(255) NOT NULL,
    "number" INTEGER NOT NULL,
    "code" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('invoice', 'credit-note')),
    "corrects_id" BIGINT,
    "reason" VARCHAR(500) NOT NULL,
    "order_id" BIGINT,
    "organization_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "subscription_id" BIGINT NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "card_kind" VARCHAR(255) NOT NULL CHECK (card_kind IN ('none', 'reseller', 'customer')),
    "issuer" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "country" VARCHAR(2) NOT NULL,
    "issued_on" DATE NOT NULL,
    "issued_at" TIMESTAMP NOT NULL,
    "due_on" DATE NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "net" BIGINT NOT NULL CHECK (net >= 0),
    "tax_name" TEXT,
    "tax_rate" INTEGER NOT NULL,
    "tax_note" VARCHAR(255) NOT NULL CHECK (tax_note IN ('', 'reverse-charge', 'untaxed')),
    "tax" BIGINT NOT NULL CHECK (tax >= 0),
    "total" BIGINT NOT NULL CHECK (total = net + tax),
    "commission_base" BIGINT NOT NULL,
    "commission" BIGINT NOT NULL,
    "commission_rate" INTEGER NOT NULL,
    "commission_tier" VARCHAR(255) NOT NULL,
    "commission_from" DATE,
    "paid" BIGINT NOT NULL CHECK (paid BETWEEN 0 AND total),
    "credited" BIGINT NOT NULL CHECK (credited BETWEEN 0 AND total),
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'paid', 'credited', 'issued')),
    "tries" INTEGER NOT NULL,
    "next_try_on" DATE,
    FOREIGN KEY ("corrects_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("order_id") REFERENCES "billing_order" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "invoice_public_id" ON "invoice" ("public_id");
CREATE INDEX "invoice_code" ON "invoice" ("code");
CREATE INDEX "invoice_corrects_id" ON "invoice" ("corrects_id");
CREATE INDEX "invoice_order_id" ON "invoice" ("order_id");
CREATE INDEX "invoice_subscription_id" ON "invoice" ("subscription_id");
CREATE UNIQUE INDEX "invoice_entity_number" ON "invoice" ("entity", "number");
CREATE INDEX "invoice_organization_id_id" ON "invoice" ("organization_id", "id");
CREATE INDEX "invoice_partner_id_id" ON "invoice" ("partner_id", "id");
CREATE INDEX "invoice_partner_id_state_id" ON "invoice" ("partner_id", "state", "id");
CREATE INDEX "invoice_state_next_try_on_id" ON "invoice" ("state", "next_try_on", "id");

CREATE TABLE "billing_charge" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "order_id" BIGINT,
    "invoice_id" BIGINT,
    "organization_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "card_id" BIGINT NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "card_kind" VARCHAR(255) NOT NULL CHECK (card_kind IN ('reseller', 'customer')),
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "net" BIGINT NOT NULL CHECK (net BETWEEN 0 AND amount),
    "currency" VARCHAR(3) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('pending', 'action', 'succeeded', 'declined')),
    "reference" VARCHAR(255),
    "decline_code" VARCHAR(255) NOT NULL,
    "action_url" VARCHAR(2000) NOT NULL,
    "refunded" BIGINT NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    "on_day" DATE NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "settled_at" TIMESTAMP,
    FOREIGN KEY ("order_id") REFERENCES "billing_order" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("invoice_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("card_id") REFERENCES "payment_card" ("id") ON DELETE RESTRICT,
    CHECK (order_id IS NOT NULL OR invoice_id IS NOT NULL)
);
CREATE UNIQUE INDEX "billing_charge_public_id" ON "billing_charge" ("public_id");
CREATE UNIQUE INDEX "billing_charge_key" ON "billing_charge" ("key");
CREATE INDEX "billing_charge_order_id" ON "billing_charge" ("order_id");
CREATE INDEX "billing_charge_invoice_id" ON "billing_charge" ("invoice_id");
CREATE INDEX "billing_charge_card_id" ON "billing_charge" ("card_id");
CREATE UNIQUE INDEX "billing_charge_reference" ON "billing_charge" ("reference");
CREATE INDEX "billing_charge_partner_id_on_day_id" ON "billing_charge" ("partner_id", "on_day", "id");
CREATE INDEX "billing_charge_organization_id_on_day_id" ON "billing_charge" ("organization_id", "on_day", "id");
CREATE INDEX "billing_charge_partner_id_state_on_day_id" ON "billing_charge" ("partner_id", "state", "on_day", "id");
CREATE INDEX "billing_charge_partner_id_service_on_day_id" ON "billing_charge" ("partner_id", "service", "on_day", "id");
CREATE INDEX "billing_charge_partner_id_card_kind_on_day_id" ON "billing_charge" ("partner_id", "card_kind", "on_day", "id");
CREATE INDEX "billing_charge_partner_id_currency_on_day_id" ON "billing_charge" ("partner_id", "currency", "on_day", "id");
CREATE INDEX "billing_charge_state_created_at" ON "billing_charge" ("state", "created_at");
CREATE INDEX "billing_charge_waiting" ON "billing_charge" ("partner_id", "on_day", "id") WHERE ("settled_at" IS NULL);
CREATE UNIQUE INDEX "billing_charge_once_order_id" ON "billing_charge" ("order_id") WHERE (("state" != 'declined') AND ("order_id" IS NOT NULL));
CREATE UNIQUE INDEX "billing_charge_once_invoice_id" ON "billing_charge" ("invoice_id") WHERE (("state" != 'declined') AND ("invoice_id" IS NOT NULL));

CREATE TABLE "billing_day" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT NOT NULL,
    "on_day" DATE NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "card_kind" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('succeeded', 'declined', 'refunded')),
    "currency" VARCHAR(3) NOT NULL,
    "count" INTEGER NOT NULL,
    "amount" BIGINT NOT NULL,
    "net" BIGINT NOT NULL,
    "commission" BIGINT NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "billing_day_once" ON "billing_day" ("partner_id", "on_day", "currency", "service", "card_kind", "state");

CREATE TABLE "billing_month" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT NOT NULL,
    "on_day" DATE NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "card_kind" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('succeeded', 'declined', 'refunded')),
    "currency" VARCHAR(3) NOT NULL,
    "count" INTEGER NOT NULL,
    "amount" BIGINT NOT NULL,
    "net" BIGINT NOT NULL,
    "commission" BIGINT NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "billing_month_once" ON "billing_month" ("partner_id", "on_day", "currency", "service", "card_kind", "state");

CREATE TABLE "billing_difference" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "subscription_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('over-assigned', 'not-invoiced', 'invoiced-more', 'invoiced-less')),
    "sold" INTEGER NOT NULL,
    "assigned" INTEGER,
    "invoiced" INTEGER NOT NULL,
    "began_on" DATE NOT NULL,
    "seen_on" DATE NOT NULL,
    "ended_on" DATE,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE INDEX "billing_difference_subscription_id" ON "billing_difference" ("subscription_id");
CREATE INDEX "billing_difference_partner_id_ended_on_id" ON "billing_difference" ("partner_id", "ended_on", "id");
CREATE UNIQUE INDEX "billing_difference_open" ON "billing_difference" ("subscription_id", "kind") WHERE ("ended_on" IS NULL);

CREATE TABLE "commission_entry" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('accrual', 'margin', 'clawback', 'margin-return', 'payout', 'payout-return')),
    "payable" INTEGER NOT NULL CHECK (payable IN (0, 1)),
    "amount" BIGINT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "on_day" DATE NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "organization_id" BIGINT,
    "organization_name" VARCHAR(255) NOT NULL,
    "subscription_id" BIGINT,
    "service" VARCHAR(255) NOT NULL,
    "base" BIGINT NOT NULL,
    "rate" INTEGER NOT NULL,
    "tier" VARCHAR(255) NOT NULL,
    "rule_from" DATE,
    "cause" VARCHAR(255) NOT NULL,
    "cause_number" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "commission_entry_public_id" ON "commission_entry" ("public_id");
CREATE UNIQUE INDEX "commission_entry_key" ON "commission_entry" ("key");
CREATE INDEX "commission_entry_partner_id_currency_on_day_id" ON "commission_entry" ("partner_id", "currency", "on_day", "id");
CREATE INDEX "commission_entry_partner_id_organization_id_id" ON "commission_entry" ("partner_id", "organization_id", "id");

CREATE TABLE "billing_export" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "account_id" BIGINT NOT NULL,
    "asked" TEXT NOT NULL,
    "format" VARCHAR(255) NOT NULL CHECK (format IN ('csv', 'xlsx')),
    "language" VARCHAR(255) NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'ready', 'failed', 'expired')),
    "content" BYTEA,
    "rows" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ready_at" TIMESTAMP,
    "expires_at" TIMESTAMP,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "billing_export_public_id" ON "billing_export" ("public_id");
CREATE INDEX "billing_export_partner_id" ON "billing_export" ("partner_id");
CREATE INDEX "billing_export_account_id" ON "billing_export" ("account_id");
CREATE INDEX "billing_export_expires_at" ON "billing_export" ("expires_at");

CREATE TABLE "gateway_event" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "gateway" VARCHAR(255) NOT NULL,
    "event" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL,
    "body" TEXT NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('new', 'done', 'ignored')),
    "received_at" TIMESTAMP NOT NULL,
    "done_at" TIMESTAMP
);
CREATE UNIQUE INDEX "gateway_event_gateway_event" ON "gateway_event" ("gateway", "event");

CREATE TABLE "invoice_line" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "invoice_id" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('plan', 'plan-part', 'plan-credit', 'storage', 'storage-part', 'storage-credit', 'margin', 'correction')),
    "plan" VARCHAR(255) NOT NULL,
    "label" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" BIGINT NOT NULL,
    "days" INTEGER,
    "of_days" INTEGER,
    "rate" INTEGER NOT NULL,
    "starts_on" DATE,
    "ends_on" DATE,
    "net" BIGINT NOT NULL,
    FOREIGN KEY ("invoice_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "invoice_line_invoice_id_position" ON "invoice_line" ("invoice_id", "position");

CREATE TABLE "invoice_number" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "entity" VARCHAR(255) NOT NULL,
    "last" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "invoice_number_entity" ON "invoice_number" ("entity");

CREATE TABLE "commission_month" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "month" DATE NOT NULL,
    "kind" VARCHAR(255) NOT NULL,
    "count" INTEGER NOT NULL,
    "amount" BIGINT NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "commission_month_partner_id_currency_month_kind" ON "commission_month" ("partner_id", "currency", "month", "kind");

CREATE TABLE "commission_payout" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "currency" VARCHAR(3) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('requested', 'approved', 'paid', 'rejected')),
    "number" INTEGER NOT NULL,
    "document" TEXT NOT NULL,
    "bank_account_id" BIGINT NOT NULL,
    "asked_by" BIGINT,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "asked_at" TIMESTAMP NOT NULL,
    "approved_by" BIGINT,
    "approved_by_name" VARCHAR(255) NOT NULL,
    "approved_at" TIMESTAMP,
    "paid_by" BIGINT,
    "paid_by_name" VARCHAR(255) NOT NULL,
    "paid_at" TIMESTAMP,
    "reference" VARCHAR(140) NOT NULL,
    "rejected_by_name" VARCHAR(255) NOT NULL,
    "rejected_at" TIMESTAMP,
    "reason" VARCHAR(1000) NOT NULL,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("bank_account_id") REFERENCES "commission_bank_account" ("id") ON DELETE RESTRICT,
    CHECK (paid_by IS NULL OR approved_by IS NULL OR paid_by <> approved_by)
);
CREATE UNIQUE INDEX "commission_payout_public_id" ON "commission_payout" ("public_id");
CREATE INDEX "commission_payout_bank_account_id" ON "commission_payout" ("bank_account_id");
CREATE UNIQUE INDEX "commission_payout_partner_id_number" ON "commission_payout" ("partner_id", "number");
CREATE INDEX "commission_payout_state_id" ON "commission_payout" ("state", "id");
CREATE INDEX "commission_payout_partner_id_id" ON "commission_payout" ("partner_id", "id");

CREATE TABLE "billing_refund" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "charge_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "invoice_id" BIGINT,
    "credit_note_id" BIGINT,
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "currency" VARCHAR(3) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed')),
    "reference" VARCHAR(255),
    "fault" VARCHAR(255) NOT NULL,
    "reason" VARCHAR(500) NOT NULL,
    "asked_by" BIGINT,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "on_day" DATE NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "settled_at" TIMESTAMP,
    FOREIGN KEY ("charge_id") REFERENCES "billing_charge" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("invoice_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("credit_note_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "billing_refund_public_id" ON "billing_refund" ("public_id");
CREATE UNIQUE INDEX "billing_refund_key" ON "billing_refund" ("key");
CREATE INDEX "billing_refund_charge_id" ON "billing_refund" ("charge_id");
CREATE INDEX "billing_refund_invoice_id" ON "billing_refund" ("invoice_id");
CREATE INDEX "billing_refund_credit_note_id" ON "billing_refund" ("credit_note_id");
CREATE UNIQUE INDEX "billing_refund_reference" ON "billing_refund" ("reference");
CREATE INDEX "billing_refund_partner_id_on_day_id" ON "billing_refund" ("partner_id", "on_day", "id");

CREATE TABLE "sandbox_card" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "token" VARCHAR(255) NOT NULL,
    "customer" VARCHAR(255) NOT NULL,
    "behavior" VARCHAR(255) NOT NULL,
    "brand" VARCHAR(255) NOT NULL,
    "last4" VARCHAR(4) NOT NULL,
    "exp_month" INTEGER NOT NULL,
    "exp_year" INTEGER NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX "sandbox_card_token" ON "sandbox_card" ("token");

CREATE TABLE "sandbox_charge" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "reference" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "token" VARCHAR(255) NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "currency" VARCHAR(3) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('action', 'succeeded', 'declined')),
    "code" VARCHAR(255) NOT NULL,
    "refunded" BIGINT NOT NULL CHECK (refunded BETWEEN 0 AND amount),
    "created_at" TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX "sandbox_charge_reference" ON "sandbox_charge" ("reference");
CREATE UNIQUE INDEX "sandbox_charge_key" ON "sandbox_charge" ("key");

CREATE TABLE "sandbox_event" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "event" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "delivered_at" TIMESTAMP
);
CREATE UNIQUE INDEX "sandbox_event_event" ON "sandbox_event" ("event");
CREATE INDEX "sandbox_event_delivered_at" ON "sandbox_event" ("delivered_at");

CREATE TABLE "sandbox_refund" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "reference" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "charge_id" BIGINT NOT NULL,
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("charge_id") REFERENCES "sandbox_charge" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "sandbox_refund_reference" ON "sandbox_refund" ("reference");
CREATE UNIQUE INDEX "sandbox_refund_key" ON "sandbox_refund" ("key");
CREATE INDEX "sandbox_refund_charge_id" ON "sandbox_refund" ("charge_id");

CREATE TABLE "sandbox_session" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "purpose" VARCHAR(255) NOT NULL CHECK (purpose IN ('card', 'confirm')),
    "customer" VARCHAR(255) NOT NULL,
    "charge" VARCHAR(255) NOT NULL,
    "token" VARCHAR(255) NOT NULL,
    "return_url" VARCHAR(2000) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    "created_at" TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX "sandbox_session_public_id" ON "sandbox_session" ("public_id");
CREATE UNIQUE INDEX "sandbox_session_key" ON "sandbox_session" ("key");

CREATE TABLE "subscription_scheduled" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "subscription_id" BIGINT NOT NULL,
    "plan" VARCHAR(255) NOT NULL,
    "licenses" INTEGER NOT NULL CHECK (licenses > 0),
    "period" VARCHAR(255) NOT NULL CHECK (period IN ('monthly', 'yearly')),
    "unit_price" BIGINT NOT NULL CHECK (unit_price >= 0),
    "extra_storage_gb" INTEGER NOT NULL CHECK (extra_storage_gb >= 0),
    "storage_price" BIGINT NOT NULL CHECK (storage_price >= 0),
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "subscription_scheduled_subscription_id" ON "subscription_scheduled" ("subscription_id");

CREATE TABLE "subscription_suspension" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "subscription_id" BIGINT NOT NULL,
    "reason" VARCHAR(255) NOT NULL CHECK (reason IN ('payment', 'partner', 'vendor')),
    "note" VARCHAR(1000) NOT NULL,
    "since" TIMESTAMP NOT NULL,
    "by_name" VARCHAR(255) NOT NULL,
    "lifted_at" TIMESTAMP,
    "lifted_by_name" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "subscription_suspension_public_id" ON "subscription_suspension" ("public_id");
CREATE INDEX "subscription_suspension_subscription_id_id" ON "subscription_suspension" ("subscription_id", "id");
CREATE UNIQUE INDEX "subscription_suspension_open" ON "subscription_suspension" ("subscription_id", "reason") WHERE ("lifted_at" IS NULL);

CREATE TABLE "commission_tier" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "partner_id" BIGINT NOT NULL,
    "tier" VARCHAR(255) NOT NULL,
    "effective_from" DATE NOT NULL,
    "set_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "commission_tier_partner_id_effective_from" ON "commission_tier" ("partner_id", "effective_from");
