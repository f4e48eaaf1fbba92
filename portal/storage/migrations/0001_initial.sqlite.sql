CREATE TABLE "partner" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('referral', 'reseller')),
    "console" INTEGER NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "region" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "created_at" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "partner_public_id" ON "partner" ("public_id");

CREATE TABLE "organization" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "partner_id" INTEGER,
    "name" VARCHAR(255) NOT NULL,
    "name_key" VARCHAR(255) NOT NULL,
    "domain" VARCHAR(255) NOT NULL,
    "domain_verified_at" DATETIME,
    "admin_name" VARCHAR(255) NOT NULL,
    "admin_email" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "time_zone" VARCHAR(255) NOT NULL,
    "search" VARCHAR(1000) NOT NULL,
    "main_subscription" INTEGER,
    "standing" VARCHAR(255) NOT NULL CHECK (standing IN ('trial', 'paid', 'expired', 'suspended', 'ended')),
    "renews_on" DATE NOT NULL,
    "access" VARCHAR(255) NOT NULL CHECK (access IN ('active', 'suspended', 'revoked', 'none')),
    "version" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT
);
CREATE UNIQUE INDEX "organization_public_id" ON "organization" ("public_id");
CREATE INDEX "organization_partner_id_access_name_key_id" ON "organization" ("partner_id", "access", "name_key", "id");
CREATE INDEX "organization_partner_id_access_domain_id" ON "organization" ("partner_id", "access", "domain", "id");
CREATE INDEX "organization_partner_id_access_renews_on_id" ON "organization" ("partner_id", "access", "renews_on", "id");
CREATE INDEX "organization_partner_id_name_key_id" ON "organization" ("partner_id", "name_key", "id");
CREATE INDEX "organization_partner_id_domain_id" ON "organization" ("partner_id", "domain", "id");
CREATE INDEX "organization_partner_id_renews_on_id" ON "organization" ("partner_id", "renews_on", "id");
CREATE INDEX "organization_partner_id_standing_name_key_id" ON "organization" ("partner_id", "standing", "name_key", "id");
CREATE INDEX "organization_partner_id_standing_domain_id" ON "organization" ("partner_id", "standing", "domain", "id");
CREATE INDEX "organization_partner_id_standing_renews_on_id" ON "organization" ("partner_id", "standing", "renews_on", "id");
CREATE INDEX "organization_unverified_name_key" ON "organization" ("partner_id", "name_key", "id") WHERE ("domain_verified_at" IS NULL);
CREATE INDEX "organization_unverified_domain" ON "organization" ("partner_id", "domain", "id") WHERE ("domain_verified_at" IS NULL);
CREATE INDEX "organization_unverified_renews_on" ON "organization" ("partner_id", "renews_on", "id") WHERE ("domain_verified_at" IS NULL);

CREATE TABLE "delegation_access" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "organization_id" INTEGER NOT NULL,
    "partner_id" INTEGER NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('active', 'suspended', 'revoked')),
    "since" DATETIME NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "delegation_access_organization_id" ON "delegation_access" ("organization_id");
CREATE INDEX "delegation_access_partner_id" ON "delegation_access" ("partner_id");

CREATE TABLE "account" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "password_hash" VARCHAR(255),
    "language" VARCHAR(255) NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "time_zone" VARCHAR(255) NOT NULL,
    "staff" INTEGER NOT NULL,
    "verified_at" DATETIME,
    "created_at" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "account_public_id" ON "account" ("public_id");
CREATE UNIQUE INDEX "account_email" ON "account" ("email");

CREATE TABLE "application" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "account_id" INTEGER,
    "draft_digest" VARCHAR(255),
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('draft', 'submitted', 'question', 'accepted', 'declined', 'withdrawn')),
    "language" VARCHAR(255) NOT NULL,
    "company" VARCHAR(255) NOT NULL,
    "website" VARCHAR(255) NOT NULL,
    "phone" VARCHAR(255) NOT NULL,
    "street" VARCHAR(255) NOT NULL,
    "city" VARCHAR(255) NOT NULL,
    "postal_code" VARCHAR(255) NOT NULL,
    "state_province" VARCHAR(255) NOT NULL,
    "country" VARCHAR(255) NOT NULL,
    "expertise" VARCHAR(255) NOT NULL,
    "experience" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "terms_version" VARCHAR(255),
    "terms_language" VARCHAR(255),
    "terms_accepted_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "saved_at" DATETIME NOT NULL,
    "submitted_at" DATETIME,
    "due_on" DATE,
    "decided_at" DATETIME,
    "decided_by_id" INTEGER,
    "reason" TEXT NOT NULL,
    "partner_id" INTEGER,
    "version" INTEGER NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("decided_by_id") REFERENCES "account" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE SET NULL,
    CHECK (account_id IS NOT NULL OR state = 'draft')
);
CREATE UNIQUE INDEX "application_public_id" ON "application" ("public_id");
CREATE INDEX "application_account_id" ON "application" ("account_id");
CREATE UNIQUE INDEX "application_draft_digest" ON "application" ("draft_digest");
CREATE INDEX "application_decided_by_id" ON "application" ("decided_by_id");
CREATE INDEX "application_partner_id" ON "application" ("partner_id");
CREATE INDEX "application_state_due_on_id" ON "application" ("state", "due_on", "id");
CREATE UNIQUE INDEX "application_open" ON "application" ("account_id") WHERE ("state" IN ('draft', 'submitted', 'question'));

CREATE TABLE "account_attempts" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "bucket" VARCHAR(255) NOT NULL,
    "window" INTEGER NOT NULL,
    "count" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "account_attempts_bucket_window" ON "account_attempts" ("bucket", "window");

CREATE TABLE "domain" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "display" VARCHAR(255) NOT NULL,
    "token" VARCHAR(255) NOT NULL,
    "primary" INTEGER NOT NULL,
    "verified_at" DATETIME,
    "verified_by" VARCHAR(255),
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "domain_public_id" ON "domain" ("public_id");
CREATE INDEX "domain_organization_id" ON "domain" ("organization_id");
CREATE UNIQUE INDEX "domain_organization_id_name" ON "domain" ("organization_id", "name");
CREATE UNIQUE INDEX "domain_verified_once" ON "domain" ("name") WHERE ("verified_at" IS NOT NULL);

CREATE TABLE "domain_check" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "domain_id" INTEGER NOT NULL,
    "method" VARCHAR(255) NOT NULL CHECK (method IN ('txt', 'cname', 'file')),
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('asked', 'waiting', 'verified', 'stopped')),
    "attempts" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "finding" TEXT,
    "asked_at" DATETIME NOT NULL,
    "checked_at" DATETIME,
    "next_at" DATETIME,
    "asked_by" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("domain_id") REFERENCES "domain" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "domain_check_domain_id_method" ON "domain_check" ("domain_id", "method");

CREATE TABLE "audit_event" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL,
    "verb" VARCHAR(255) NOT NULL,
    "actor_id" INTEGER,
    "actor_name" VARCHAR(255) NOT NULL,
    "partner_id" INTEGER,
    "organization_id" INTEGER,
    "subject" VARCHAR(255) NOT NULL,
    "detail" TEXT
);
CREATE INDEX "audit_event_at" ON "audit_event" ("at");
CREATE INDEX "audit_event_organization_id_id" ON "audit_event" ("organization_id", "id");

CREATE TABLE "job" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "kind" VARCHAR(255) NOT NULL,
    "key" VARCHAR(255) NOT NULL,
    "payload" TEXT NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('ready', 'done', 'failed')),
    "run_at" DATETIME NOT NULL,
    "lease" VARCHAR(255),
    "attempts" INTEGER NOT NULL,
    "account_id" INTEGER,
    "done" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "result" TEXT,
    "error" TEXT,
    "created_at" DATETIME NOT NULL,
    "finished_at" DATETIME
);
CREATE UNIQUE INDEX "job_public_id" ON "job" ("public_id");
CREATE UNIQUE INDEX "job_key" ON "job" ("key");
CREATE INDEX "job_state_run_at_id" ON "job" ("state", "run_at", "id");

CREATE TABLE "partner_member" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "partner_id" INTEGER NOT NULL,
    "account_id" INTEGER NOT NULL,
    "role" VARCHAR(255) NOT NULL CHECK (role IN ('super-admin', 'member')),
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE INDEX "partner_member_partner_id" ON "partner_member" ("partner_id");
CREATE INDEX "partner_member_account_id" ON "partner_member" ("account_id");
CREATE UNIQUE INDEX "partner_member_partner_id_account_id" ON "partner_member" ("partner_id", "account_id");

CREATE TABLE "application_note" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "application_id" INTEGER NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('internal', 'question', 'answer')),
    "author_id" INTEGER,
    "author_name" VARCHAR(255) NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("author_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE INDEX "application_note_application_id" ON "application_note" ("application_id");
CREATE INDEX "application_note_author_id" ON "application_note" ("author_id");

CREATE TABLE "one_time_token" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "handle" VARCHAR(255) NOT NULL,
    "digest" VARCHAR(255) NOT NULL,
    "purpose" VARCHAR(255) NOT NULL,
    "account_id" INTEGER,
    "payload" TEXT,
    "created_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "used_at" DATETIME,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "one_time_token_handle" ON "one_time_token" ("handle");
CREATE INDEX "one_time_token_account_id" ON "one_time_token" ("account_id");
CREATE INDEX "one_time_token_expires_at" ON "one_time_token" ("expires_at");

CREATE TABLE "mail_outgoing" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "key" VARCHAR(255) NOT NULL,
    "event" VARCHAR(255) NOT NULL,
    "to_address" VARCHAR(255) NOT NULL,
    "to_name" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "params" TEXT NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('pending', 'sent', 'undeliverable')),
    "created_at" DATETIME NOT NULL,
    "sent_at" DATETIME,
    "error" TEXT
);
CREATE UNIQUE INDEX "mail_outgoing_key" ON "mail_outgoing" ("key");

CREATE TABLE "account_session" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "digest" VARCHAR(255) NOT NULL,
    "account_id" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL,
    "seen_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "user_agent" VARCHAR(255) NOT NULL,
    "address" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "account_session_digest" ON "account_session" ("digest");
CREATE INDEX "account_session_account_id" ON "account_session" ("account_id");
CREATE INDEX "account_session_expires_at" ON "account_session" ("expires_at");

CREATE TABLE "subscription" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "plan" VARCHAR(255) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('trial', 'paid', 'expired', 'suspended', 'ended')),
    "licenses" INTEGER NOT NULL CHECK (licenses > 0),
    "period" VARCHAR(255) NOT NULL CHECK (period IN ('monthly', 'yearly')),
    "currency" VARCHAR(3) NOT NULL,
    "unit_price" INTEGER NOT NULL CHECK (unit_price >= 0),
    "started_on" DATE NOT NULL,
    "trial_days" INTEGER,
    "renews_on" DATE,
    "version" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "subscription_public_id" ON "subscription" ("public_id");
CREATE INDEX "subscription_organization_id" ON "subscription" ("organization_id");
CREATE UNIQUE INDEX "subscription_organization_id_service" ON "subscription" ("organization_id", "service");
CREATE INDEX "subscription_state_renews_on_id" ON "subscription" ("state", "renews_on", "id");

CREATE TABLE "directory_user" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "organization_id" INTEGER NOT NULL,
    "account_id" INTEGER,
    "email" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "name_key" VARCHAR(255) NOT NULL,
    "role" VARCHAR(255) NOT NULL CHECK (role IN ('super-admin', 'admin', 'member')),
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('invited', 'active', 'suspended')),
    "created_at" DATETIME NOT NULL,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "directory_user_public_id" ON "directory_user" ("public_id");
CREATE INDEX "directory_user_organization_id" ON "directory_user" ("organization_id");
CREATE INDEX "directory_user_account_id" ON "directory_user" ("account_id");
CREATE UNIQUE INDEX "directory_user_organization_id_email" ON "directory_user" ("organization_id", "email");
CREATE INDEX "directory_user_organization_id_name_key_id" ON "directory_user" ("organization_id", "name_key", "id");
CREATE UNIQUE INDEX "directory_super_admin" ON "directory_user" ("organization_id") WHERE ("role" = 'super-admin');
