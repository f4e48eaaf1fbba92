ALTER TABLE "account" ADD COLUMN "signed_in_at" TIMESTAMP;
ALTER TABLE "account" ADD COLUMN "second_factor_at" TIMESTAMP;
ALTER TABLE "organization" ADD COLUMN "users" INTEGER NOT NULL DEFAULT 0 CHECK (users >= 0);
ALTER TABLE "organization" ADD COLUMN "tfa_required" BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE "organization" ADD COLUMN "contacts_sync" VARCHAR(255) NOT NULL DEFAULT 'off' CHECK (contacts_sync IN ('off', 'from-directory', 'both-ways'));
ALTER TABLE "organization" ADD COLUMN "widgets" TEXT;
ALTER TABLE "subscription" ADD COLUMN "extra_storage_gb" INTEGER NOT NULL DEFAULT 0 CHECK (extra_storage_gb >= 0);
ALTER TABLE "directory_user" ADD COLUMN "title" VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE "directory_user" ADD COLUMN "phone" VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE "directory_user" ADD COLUMN "search" VARCHAR(1000) NOT NULL DEFAULT '';
ALTER TABLE "directory_user" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 0;
DROP INDEX "directory_user_account_id";
CREATE UNIQUE INDEX "directory_user_person" ON "directory_user" ("account_id", "organization_id") WHERE ("account_id" IS NOT NULL);
CREATE INDEX "directory_user_organization_id_state_name_key_id" ON "directory_user" ("organization_id", "state", "name_key", "id");
CREATE INDEX "directory_user_organization_id_role_name_key_id" ON "directory_user" ("organization_id", "role", "name_key", "id");
ALTER TABLE "audit_event" ADD COLUMN "chain" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "audit_event" ADD COLUMN "position" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "audit_event" ADD COLUMN "hash" VARCHAR(64) NOT NULL DEFAULT '';
ALTER TABLE "audit_event" ADD COLUMN "side" VARCHAR(255) NOT NULL DEFAULT 'person' CHECK (side IN ('organization', 'partner', 'staff', 'portal', 'person'));
ALTER TABLE "audit_event" ADD COLUMN "partner_name" VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE "audit_event" ADD COLUMN "name" VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE "audit_event" ADD COLUMN "reason" VARCHAR(500) NOT NULL DEFAULT '';
CREATE INDEX "audit_event_organization_id_side_id" ON "audit_event" ("organization_id", "side", "id");

CREATE TABLE "directory_group" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "name_key" VARCHAR(255) NOT NULL,
    "description" VARCHAR(500) NOT NULL,
    "size" INTEGER NOT NULL CHECK (size >= 0),
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "directory_group_public_id" ON "directory_group" ("public_id");
CREATE INDEX "directory_group_organization_id_name_key_id" ON "directory_group" ("organization_id", "name_key", "id");

CREATE TABLE "directory_address" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "text" VARCHAR(255) NOT NULL,
    "domain" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('user', 'alias', 'group', 'catch-all')),
    "user_id" BIGINT,
    "group_id" BIGINT,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("group_id") REFERENCES "directory_group" ("id") ON DELETE CASCADE,
    CHECK ((kind = 'group') = (group_id IS NOT NULL) AND (kind <> 'group') = (user_id IS NOT NULL))
);
CREATE UNIQUE INDEX "directory_address_public_id" ON "directory_address" ("public_id");
CREATE INDEX "directory_address_user_id" ON "directory_address" ("user_id");
CREATE INDEX "directory_address_group_id" ON "directory_address" ("group_id");
CREATE UNIQUE INDEX "directory_address_organization_id_text" ON "directory_address" ("organization_id", "text");
CREATE INDEX "directory_address_organization_id_kind_text" ON "directory_address" ("organization_id", "kind", "text");
CREATE INDEX "directory_address_organization_id_domain" ON "directory_address" ("organization_id", "domain");
CREATE INDEX "directory_address_text" ON "directory_address" ("text");
CREATE UNIQUE INDEX "directory_address_own" ON "directory_address" ("user_id") WHERE ("kind" = 'user');
CREATE UNIQUE INDEX "directory_address_of_group" ON "directory_address" ("group_id") WHERE ("kind" = 'group');

CREATE TABLE "mail_policy" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "position" INTEGER NOT NULL,
    "is_default" BOOLEAN NOT NULL,
    "attachment_mb" INTEGER NOT NULL CHECK (attachment_mb BETWEEN 0 AND 100),
    "forwarding" VARCHAR(255) NOT NULL CHECK (forwarding IN ('off', 'internal', 'anywhere')),
    "keep_copy" BOOLEAN NOT NULL,
    "retention_days" INTEGER CHECK (retention_days > 0),
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "mail_policy_public_id" ON "mail_policy" ("public_id");
CREATE INDEX "mail_policy_organization_id_position_id" ON "mail_policy" ("organization_id", "position", "id");
CREATE UNIQUE INDEX "mail_policy_organization_id_name" ON "mail_policy" ("organization_id", "name");
CREATE UNIQUE INDEX "mail_policy_default" ON "mail_policy" ("organization_id") WHERE "is_default";

CREATE TABLE "mail_policy_assignment" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "policy_id" BIGINT NOT NULL,
    "user_id" BIGINT,
    "group_id" BIGINT,
    FOREIGN KEY ("policy_id") REFERENCES "mail_policy" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("group_id") REFERENCES "directory_group" ("id") ON DELETE CASCADE,
    CHECK ((user_id IS NULL) <> (group_id IS NULL))
);
CREATE INDEX "mail_policy_assignment_policy_id" ON "mail_policy_assignment" ("policy_id");
CREATE UNIQUE INDEX "mail_policy_assignment_user_id" ON "mail_policy_assignment" ("user_id");
CREATE UNIQUE INDEX "mail_policy_assignment_group_id" ON "mail_policy_assignment" ("group_id");

CREATE TABLE "user_backup" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "user_id" BIGINT,
    "user_name" VARCHAR(255) NOT NULL,
    "user_email" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'ready', 'failed', 'expired')),
    "archive" BYTEA,
    "size" INTEGER NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ready_at" TIMESTAMP,
    "expires_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "user_backup_public_id" ON "user_backup" ("public_id");
CREATE INDEX "user_backup_user_id" ON "user_backup" ("user_id");
CREATE INDEX "user_backup_expires_at" ON "user_backup" ("expires_at");
CREATE INDEX "user_backup_organization_id_id" ON "user_backup" ("organization_id", "id");

CREATE TABLE "audit_chain" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "chain" BIGINT NOT NULL,
    "position" BIGINT NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "first_position" BIGINT NOT NULL,
    "before_first" VARCHAR(64) NOT NULL
);
CREATE UNIQUE INDEX "audit_chain_chain" ON "audit_chain" ("chain");

CREATE TABLE "change_request" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "subscription_id" BIGINT NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('upgrade', 'downgrade', 'licenses', 'storage')),
    "plan" VARCHAR(255),
    "licenses" INTEGER,
    "storage_gb" INTEGER,
    "note" VARCHAR(2000) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn', 'done')),
    "answer" VARCHAR(2000) NOT NULL,
    "asked_by" BIGINT,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "answered_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "answered_at" TIMESTAMP,
    "done_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("subscription_id") REFERENCES "subscription" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "change_request_public_id" ON "change_request" ("public_id");
CREATE INDEX "change_request_subscription_id" ON "change_request" ("subscription_id");
CREATE INDEX "change_request_organization_id_state_id" ON "change_request" ("organization_id", "state", "id");

CREATE TABLE "consent" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "task" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(255) NOT NULL,
    "subject_name" VARCHAR(255) NOT NULL,
    "arguments" TEXT,
    "reason" VARCHAR(500) NOT NULL,
    "asked_by" BIGINT NOT NULL,
    "asked_by_name" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'approved', 'declined', 'withdrawn', 'expired')),
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "consent_public_id" ON "consent" ("public_id");
CREATE INDEX "consent_partner_id" ON "consent" ("partner_id");
CREATE INDEX "consent_organization_id_state_id" ON "consent" ("organization_id", "state", "id");

CREATE TABLE "mail_policy_forward" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "policy_id" BIGINT NOT NULL,
    "address" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("policy_id") REFERENCES "mail_policy" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "mail_policy_forward_policy_id_address" ON "mail_policy_forward" ("policy_id", "address");

CREATE TABLE "directory_group_member" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "group_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    FOREIGN KEY ("group_id") REFERENCES "directory_group" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE CASCADE
);
CREATE INDEX "directory_group_member_user_id" ON "directory_group_member" ("user_id");
CREATE UNIQUE INDEX "directory_group_member_group_id_user_id" ON "directory_group_member" ("group_id", "user_id");

CREATE TABLE "directory_handover" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "user_id" BIGINT NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    "proposed_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "directory_handover_public_id" ON "directory_handover" ("public_id");
CREATE INDEX "directory_handover_organization_id" ON "directory_handover" ("organization_id");
CREATE INDEX "directory_handover_user_id" ON "directory_handover" ("user_id");
CREATE UNIQUE INDEX "directory_handover_open" ON "directory_handover" ("organization_id") WHERE ("state" = 'open');

CREATE TABLE "delegation_invitation" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "message" VARCHAR(2000) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn')),
    "asked_by_name" VARCHAR(255) NOT NULL,
    "decided_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "delegation_invitation_public_id" ON "delegation_invitation" ("public_id");
CREATE INDEX "delegation_invitation_organization_id" ON "delegation_invitation" ("organization_id");
CREATE INDEX "delegation_invitation_partner_id" ON "delegation_invitation" ("partner_id");
CREATE UNIQUE INDEX "delegation_invitation_open" ON "delegation_invitation" ("organization_id", "partner_id") WHERE ("state" = 'open');

CREATE TABLE "directory_picture" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "user_id" BIGINT NOT NULL,
    "data" BYTEA NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("user_id") REFERENCES "directory_user" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "directory_picture_user_id" ON "directory_picture" ("user_id");

CREATE TABLE "referral" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" BIGINT NOT NULL,
    "company" VARCHAR(255) NOT NULL,
    "domain" VARCHAR(255) NOT NULL,
    "contact_name" VARCHAR(255) NOT NULL,
    "contact_email" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "referral_public_id" ON "referral" ("public_id");
CREATE UNIQUE INDEX "referral_organization_id_domain" ON "referral" ("organization_id", "domain");
CREATE INDEX "referral_domain" ON "referral" ("domain");

CREATE TABLE "referral_code" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "organization_id" BIGINT NOT NULL,
    "code" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "referral_code_organization_id" ON "referral_code" ("organization_id");
CREATE UNIQUE INDEX "referral_code_code" ON "referral_code" ("code");

CREATE TABLE "mail_policy_sender" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "policy_id" BIGINT NOT NULL,
    "pattern" VARCHAR(255) NOT NULL,
    "verdict" VARCHAR(255) NOT NULL CHECK (verdict IN ('allow', 'block')),
    FOREIGN KEY ("policy_id") REFERENCES "mail_policy" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "mail_policy_sender_policy_id_pattern" ON "mail_policy_sender" ("policy_id", "pattern");
