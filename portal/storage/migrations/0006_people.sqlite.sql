
CREATE TABLE "staff" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "account_id" INTEGER NOT NULL,
    "role" VARCHAR(255) NOT NULL CHECK (role IN ('reviewer', 'support', 'support-lead', 'finance', 'admin')),
    "language" VARCHAR(255) NOT NULL,
    "expires_at" DATETIME,
    "created_by_name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "staff_account_id" ON "staff" ("account_id");
INSERT INTO "staff" ("account_id", "role", "language", "created_by_name", "created_at") SELECT "id", 'admin', '', '', "created_at" FROM "account" WHERE "staff" = 1;
ALTER TABLE "account" DROP COLUMN "staff";
ALTER TABLE "account" ADD COLUMN "calendar" VARCHAR(255) NOT NULL DEFAULT '' CHECK (calendar IN ('', 'gregorian', 'buddhist'));
ALTER TABLE "account" ADD COLUMN "erased_at" DATETIME;
ALTER TABLE "account_session" ADD COLUMN "public_id" VARCHAR(255) NOT NULL DEFAULT '';
UPDATE "account_session" SET "public_id" = lower(hex(randomblob(10)));
CREATE UNIQUE INDEX "session_public_id" ON "account_session" ("public_id");
ALTER TABLE "account_session" ADD COLUMN "place" VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE "account_session" ADD COLUMN "stage" VARCHAR(255) NOT NULL DEFAULT 'full' CHECK (stage IN ('full', 'code'));
ALTER TABLE "account_session" ADD COLUMN "proved_at" DATETIME;
ALTER TABLE "account_session" ADD COLUMN "method" VARCHAR(255) NOT NULL DEFAULT 'password' CHECK (method IN ('password', 'sign-on', 'passkey', 'link'));
ALTER TABLE "partner" ADD COLUMN "state" VARCHAR(255) NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'terminated'));
ALTER TABLE "partner" ADD COLUMN "state_since" DATETIME;
ALTER TABLE "partner" ADD COLUMN "state_reason" VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE "partner" ADD COLUMN "house" INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX "partner_house" ON "partner" ("house") WHERE "house";
ALTER TABLE "partner" ADD COLUMN "ending" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "audit_event" ADD COLUMN "salt" VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE "audit_event" ADD COLUMN "personal" VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE "audit_event" ADD COLUMN "erased_at" DATETIME;
ALTER TABLE "partner_member" RENAME TO "partner_member_before";

CREATE TABLE "partner_member" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "role" VARCHAR(255) NOT NULL CHECK (role IN ('super-admin', 'admin', 'sales', 'billing', 'support', 'reader')),
    "sees" VARCHAR(255) NOT NULL CHECK (sees IN ('all', 'chosen')),
    "help_center" INTEGER NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "expires_at" DATETIME,
    "version" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE,
    CHECK (role <> 'super-admin' OR (sees = 'all' AND expires_at IS NULL))
);
INSERT INTO "partner_member" ("id", "public_id", "partner_id", "account_id", "role", "sees", "help_center", "language", "version", "created_at") SELECT "id", lower(hex(randomblob(10))), "partner_id", "account_id", CASE "role" WHEN 'member' THEN 'admin' ELSE "role" END, 'all', 0, '', 0, "created_at" FROM "partner_member_before";
DROP TABLE "partner_member_before";
CREATE UNIQUE INDEX "partner_member_public_id" ON "partner_member" ("public_id");
CREATE INDEX "partner_member_partner_id" ON "partner_member" ("partner_id");
CREATE INDEX "partner_member_account_id" ON "partner_member" ("account_id");
CREATE UNIQUE INDEX "partner_member_partner_id_account_id" ON "partner_member" ("partner_id", "account_id");

CREATE TABLE "customer_assignment" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "member_id" INTEGER NOT NULL,
    "organization_id" INTEGER NOT NULL,
    FOREIGN KEY ("member_id") REFERENCES "partner_member" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE INDEX "customer_assignment_organization_id" ON "customer_assignment" ("organization_id");
CREATE UNIQUE INDEX "customer_assignment_member_id_organization_id" ON "customer_assignment" ("member_id", "organization_id");

CREATE TABLE "account_challenge" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('passkey-add', 'passkey-enter', 'passkey-prove', 'sign-on')),
    "account_id" INTEGER,
    "payload" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_challenge_digest" ON "account_challenge" ("digest");
CREATE INDEX "account_challenge_account_id" ON "account_challenge" ("account_id");
CREATE INDEX "account_challenge_expires_at" ON "account_challenge" ("expires_at");

CREATE TABLE "relation_offer" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('code', 'token', 'request')),
    "partner_id" INTEGER,
    "organization_id" INTEGER,
    "digest" VARCHAR(64),
    "hint" VARCHAR(8) NOT NULL,
    "asked_for" VARCHAR(255) NOT NULL,
    "message" VARCHAR(500) NOT NULL,
    "consent" TEXT,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'used', 'declined', 'withdrawn')),
    "blocks" INTEGER NOT NULL,
    "made_by_id" INTEGER,
    "made_by_name" VARCHAR(255) NOT NULL,
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "decided_at" DATETIME,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("made_by_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "relation_offer_public_id" ON "relation_offer" ("public_id");
CREATE INDEX "relation_offer_partner_id" ON "relation_offer" ("partner_id");
CREATE INDEX "relation_offer_organization_id" ON "relation_offer" ("organization_id");
CREATE UNIQUE INDEX "relation_offer_digest" ON "relation_offer" ("digest");
CREATE INDEX "relation_offer_made_by_id" ON "relation_offer" ("made_by_id");
CREATE INDEX "relation_offer_expires_at" ON "relation_offer" ("expires_at");

CREATE TABLE "relation_change" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "from_partner_id" INTEGER,
    "to_partner_id" INTEGER,
    "by" VARCHAR(255) NOT NULL CHECK (by IN ('customer', 'partner', 'vendor')),
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('announced', 'done', 'withdrawn')),
    "effective_on" DATE NOT NULL,
    "with_access" INTEGER NOT NULL,
    "subscriptions" VARCHAR(255) NOT NULL CHECK (subscriptions IN ('continue', 'end')),
    "reason" VARCHAR(500) NOT NULL,
    "terms" TEXT,
    "obligations" TEXT,
    "offer_id" INTEGER,
    "decided_by_id" INTEGER,
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "done_at" DATETIME,
    "withdrawn_at" DATETIME,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("from_partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("to_partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("offer_id") REFERENCES "relation_offer" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("decided_by_id") REFERENCES "account" ("id") ON DELETE SET NULL,
    CHECK (from_partner_id IS NOT NULL OR to_partner_id IS NOT NULL)
);
CREATE UNIQUE INDEX "relation_change_public_id" ON "relation_change" ("public_id");
CREATE INDEX "relation_change_organization_id" ON "relation_change" ("organization_id");
CREATE INDEX "relation_change_from_partner_id" ON "relation_change" ("from_partner_id");
CREATE INDEX "relation_change_to_partner_id" ON "relation_change" ("to_partner_id");
CREATE INDEX "relation_change_offer_id" ON "relation_change" ("offer_id");
CREATE INDEX "relation_change_decided_by_id" ON "relation_change" ("decided_by_id");
CREATE INDEX "relation_change_state_effective_on_id" ON "relation_change" ("state", "effective_on", "id");
CREATE UNIQUE INDEX "relation_change_announced" ON "relation_change" ("organization_id") WHERE ("state" = 'announced');

CREATE TABLE "privacy_export" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "account_id" INTEGER NOT NULL,
    "organization_id" INTEGER,
    "language" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'ready', 'failed', 'expired')),
    "archive" BLOB,
    "size" INTEGER NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "ready_at" DATETIME,
    "expires_at" DATETIME,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "privacy_export_public_id" ON "privacy_export" ("public_id");
CREATE INDEX "privacy_export_account_id" ON "privacy_export" ("account_id");
CREATE INDEX "privacy_export_organization_id" ON "privacy_export" ("organization_id");
CREATE INDEX "privacy_export_expires_at" ON "privacy_export" ("expires_at");

CREATE TABLE "account_device" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "account_id" INTEGER NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "seen_at" DATETIME NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_device_account_id_digest" ON "account_device" ("account_id", "digest");

CREATE TABLE "relation_dispute" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "change_id" INTEGER NOT NULL,
    "side" VARCHAR(255) NOT NULL CHECK (side IN ('partner', 'customer')),
    "partner_id" INTEGER,
    "text" VARCHAR(2000) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'settled')),
    "decision" VARCHAR(2000) NOT NULL,
    "raised_by_id" INTEGER,
    "raised_by_name" VARCHAR(255) NOT NULL,
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "decided_at" DATETIME,
    FOREIGN KEY ("change_id") REFERENCES "relation_change" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("raised_by_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "relation_dispute_public_id" ON "relation_dispute" ("public_id");
CREATE INDEX "relation_dispute_change_id" ON "relation_dispute" ("change_id");
CREATE INDEX "relation_dispute_partner_id" ON "relation_dispute" ("partner_id");
CREATE INDEX "relation_dispute_raised_by_id" ON "relation_dispute" ("raised_by_id");
CREATE INDEX "relation_dispute_state_id" ON "relation_dispute" ("state", "id");
CREATE UNIQUE INDEX "relation_dispute_side" ON "relation_dispute" ("change_id", "side");

CREATE TABLE "privacy_erasure" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "account_id" INTEGER,
    "organization_id" INTEGER,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('announced', 'done', 'withdrawn')),
    "asked_by_name" VARCHAR(255) NOT NULL,
    "due_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "decided_at" DATETIME,
    "counts" TEXT,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "privacy_erasure_public_id" ON "privacy_erasure" ("public_id");
CREATE INDEX "privacy_erasure_account_id" ON "privacy_erasure" ("account_id");
CREATE INDEX "privacy_erasure_organization_id" ON "privacy_erasure" ("organization_id");
CREATE INDEX "privacy_erasure_due_at" ON "privacy_erasure" ("due_at");
CREATE UNIQUE INDEX "privacy_erasure_account" ON "privacy_erasure" ("account_id") WHERE (("state" = 'announced') AND ("account_id" IS NOT NULL));
CREATE UNIQUE INDEX "privacy_erasure_organization" ON "privacy_erasure" ("organization_id") WHERE (("state" = 'announced') AND ("organization_id" IS NOT NULL));

CREATE TABLE "account_identity" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "account_id" INTEGER NOT NULL,
    "provider" VARCHAR(255) NOT NULL,
    "issuer" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "used_at" DATETIME,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_identity_public_id" ON "account_identity" ("public_id");
CREATE INDEX "account_identity_account_id" ON "account_identity" ("account_id");
CREATE UNIQUE INDEX "account_identity_issuer_subject" ON "account_identity" ("issuer", "subject");

CREATE TABLE "team_invitation" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "role" VARCHAR(255) NOT NULL CHECK (role IN ('super-admin', 'admin', 'sales', 'billing', 'support', 'reader')),
    "sees" VARCHAR(255) NOT NULL CHECK (sees IN ('all', 'chosen')),
    "customers" TEXT NOT NULL,
    "help_center" INTEGER NOT NULL,
    "member_until" DATETIME,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'accepted', 'withdrawn')),
    "invited_by_name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "decided_at" DATETIME,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "team_invitation_public_id" ON "team_invitation" ("public_id");
CREATE INDEX "team_invitation_partner_id" ON "team_invitation" ("partner_id");
CREATE INDEX "team_invitation_account_id" ON "team_invitation" ("account_id");
CREATE UNIQUE INDEX "team_invitation_open" ON "team_invitation" ("partner_id", "account_id") WHERE ("state" = 'open');

CREATE TABLE "account_passkey" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "account_id" INTEGER NOT NULL,
    "credential" VARCHAR(1400) NOT NULL,
    "public_key" BLOB NOT NULL,
    "sign_count" INTEGER NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "used_at" DATETIME,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_passkey_public_id" ON "account_passkey" ("public_id");
CREATE INDEX "account_passkey_account_id" ON "account_passkey" ("account_id");
CREATE UNIQUE INDEX "account_passkey_credential" ON "account_passkey" ("credential");

CREATE TABLE "account_recovery_code" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "account_id" INTEGER NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "used_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_recovery_code_account_id_digest" ON "account_recovery_code" ("account_id", "digest");

CREATE TABLE "account_totp" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "account_id" INTEGER NOT NULL,
    "secret" VARCHAR(255) NOT NULL,
    "confirmed_at" DATETIME,
    "last_step" INTEGER NOT NULL,
    "pending" VARCHAR(255) NOT NULL,
    "pending_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_totp_account_id" ON "account_totp" ("account_id");

CREATE TABLE "billing_refund_request" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "invoice_id" INTEGER NOT NULL,
    "amount" INTEGER NOT NULL CHECK (amount > 0),
    "currency" VARCHAR(3) NOT NULL,
    "reason" VARCHAR(500) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'approved', 'rejected', 'withdrawn')),
    "asked_by" INTEGER NOT NULL,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "decided_by" INTEGER,
    "decided_by_name" VARCHAR(255) NOT NULL,
    "answer" VARCHAR(500) NOT NULL,
    "created_at" DATETIME NOT NULL,
    "decided_at" DATETIME,
    FOREIGN KEY ("invoice_id") REFERENCES "invoice" ("id") ON DELETE RESTRICT,
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX "billing_refund_request_public_id" ON "billing_refund_request" ("public_id");
CREATE INDEX "billing_refund_request_invoice_id" ON "billing_refund_request" ("invoice_id");
CREATE UNIQUE INDEX "billing_refund_request_open" ON "billing_refund_request" ("invoice_id") WHERE ("state" = 'asked');
