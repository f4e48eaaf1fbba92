ALTER TABLE "mail_outgoing" ADD COLUMN "headers" TEXT;
ALTER TABLE "mail_outgoing" ADD COLUMN "if_refused" VARCHAR(255) NOT NULL DEFAULT '';
CREATE INDEX "organization_admin_email" ON "organization" ("admin_email");

CREATE TABLE "support_agent" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "account_id" BIGINT NOT NULL,
    "languages" TEXT NOT NULL,
    "regions" TEXT NOT NULL,
    "available" BOOLEAN NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "support_agent_account_id" ON "support_agent" ("account_id");

CREATE TABLE "support_ticket" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "number" VARCHAR(12) NOT NULL,
    "partner_id" BIGINT NOT NULL,
    "organization_id" BIGINT,
    "region" VARCHAR(255) NOT NULL,
    "channel" VARCHAR(255) NOT NULL CHECK (channel IN ('help-center', 'general', 'email', 'phone', 'chat')),
    "requester_id" BIGINT,
    "requester_name" VARCHAR(255) NOT NULL,
    "requester_email" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "service" VARCHAR(255) NOT NULL,
    "service_org" VARCHAR(64) NOT NULL,
    "service_user" VARCHAR(64) NOT NULL,
    "customer_email" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(500) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('open', 'waiting', 'hold', 'resolved', 'closed')),
    "outcome" VARCHAR(255) NOT NULL CHECK (outcome IN ('', 'merged', 'spam')),
    "merged_into_id" BIGINT,
    "severity" VARCHAR(255) NOT NULL,
    "severity_from" VARCHAR(255) NOT NULL CHECK (severity_from IN ('default', 'rule', 'person')),
    "priority" BOOLEAN NOT NULL,
    "verdict" VARCHAR(255) NOT NULL,
    "verdict_params" TEXT,
    "rule_version" INTEGER NOT NULL,
    "assignee_id" BIGINT,
    "next_clock" VARCHAR(255) NOT NULL,
    "next_due" TIMESTAMP,
    "queue_at" TIMESTAMP NOT NULL,
    "check_at" TIMESTAMP,
    "promised_until" TIMESTAMP,
    "rating" VARCHAR(255) NOT NULL CHECK (rating IN ('', 'good', 'bad')),
    "rating_note" VARCHAR(1000) NOT NULL,
    "search" VARCHAR(1000) NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "updated_at" TIMESTAMP NOT NULL,
    "finished_at" TIMESTAMP,
    FOREIGN KEY ("partner_id") REFERENCES "partner" ("id") ON DELETE RESTRICT,
    FOREIGN KEY ("organization_id") REFERENCES "organization" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("requester_id") REFERENCES "account" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("merged_into_id") REFERENCES "support_ticket" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("assignee_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "support_ticket_public_id" ON "support_ticket" ("public_id");
CREATE UNIQUE INDEX "support_ticket_number" ON "support_ticket" ("number");
CREATE INDEX "support_ticket_organization_id" ON "support_ticket" ("organization_id");
CREATE INDEX "support_ticket_requester_id" ON "support_ticket" ("requester_id");
CREATE INDEX "support_ticket_merged_into_id" ON "support_ticket" ("merged_into_id");
CREATE INDEX "support_ticket_assignee_id" ON "support_ticket" ("assignee_id");
CREATE INDEX "support_ticket_partner_id_updated_at_id" ON "support_ticket" ("partner_id", "updated_at", "id");
CREATE INDEX "support_ticket_partner_id_state_updated_at_id" ON "support_ticket" ("partner_id", "state", "updated_at", "id");
CREATE INDEX "support_ticket_state_queue_at_id" ON "support_ticket" ("state", "queue_at", "id");
CREATE INDEX "support_ticket_assignee_id_state_queue_at_id" ON "support_ticket" ("assignee_id", "state", "queue_at", "id");
CREATE INDEX "support_ticket_updated_at_id" ON "support_ticket" ("updated_at", "id");
CREATE INDEX "support_ticket_queue" ON "support_ticket" ("queue_at", "id", "state", "severity", "assignee_id", "region", "language", "priority", "partner_id", "organization_id") WHERE ("finished_at" IS NULL);
CREATE INDEX "support_ticket_check_at" ON "support_ticket" ("check_at") WHERE ("check_at" IS NOT NULL);

CREATE TABLE "support_event" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "ticket_id" BIGINT NOT NULL,
    "kind" VARCHAR(255) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "public" BOOLEAN NOT NULL,
    "actor_id" BIGINT,
    "actor_name" VARCHAR(255) NOT NULL,
    "side" VARCHAR(255) NOT NULL CHECK (side IN ('partner', 'staff', 'portal')),
    "body" TEXT NOT NULL,
    "data" TEXT,
    FOREIGN KEY ("ticket_id") REFERENCES "support_ticket" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("actor_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "support_event_public_id" ON "support_event" ("public_id");
CREATE INDEX "support_event_actor_id" ON "support_event" ("actor_id");
CREATE INDEX "support_event_ticket_id_id" ON "support_event" ("ticket_id", "id");

CREATE TABLE "support_attachment" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "event_id" BIGINT,
    "uploader_id" BIGINT,
    "name" VARCHAR(255) NOT NULL,
    "media_type" VARCHAR(255) NOT NULL,
    "size" INTEGER NOT NULL CHECK (size >= 0),
    "sha256" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "content" BYTEA NOT NULL,
    FOREIGN KEY ("event_id") REFERENCES "support_event" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("uploader_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "support_attachment_public_id" ON "support_attachment" ("public_id");
CREATE INDEX "support_attachment_event_id" ON "support_attachment" ("event_id");
CREATE INDEX "support_attachment_uploader_id" ON "support_attachment" ("uploader_id");

CREATE TABLE "support_clock" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "ticket_id" BIGINT NOT NULL,
    "kind" VARCHAR(255) NOT NULL CHECK (kind IN ('acknowledgement', 'determination', 'resolution', 'update')),
    "cycle" INTEGER NOT NULL,
    "severity" VARCHAR(255) NOT NULL,
    "started_at" TIMESTAMP NOT NULL,
    "aim_at" TIMESTAMP,
    "limit_at" TIMESTAMP,
    "met_at" TIMESTAMP,
    "minutes" INTEGER,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('running', 'paused', 'met', 'late', 'void')),
    "warned_at" TIMESTAMP,
    "breached_at" TIMESTAMP,
    "breach_cause" VARCHAR(255) NOT NULL CHECK (breach_cause IN ('', 'time', 'reclassified')),
    "breach_version" INTEGER NOT NULL,
    "ended_at" TIMESTAMP,
    "month" VARCHAR(7) NOT NULL,
    "result" VARCHAR(255) NOT NULL CHECK (result IN ('', 'aim', 'limit', 'late')),
    "region" VARCHAR(255) NOT NULL,
    FOREIGN KEY ("ticket_id") REFERENCES "support_ticket" ("id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "support_clock_ticket_id_kind_cycle" ON "support_clock" ("ticket_id", "kind", "cycle");
CREATE INDEX "support_clock_month_kind_severity_region_minutes_result" ON "support_clock" ("month", "kind", "severity", "region", "minutes", "result");

CREATE TABLE "support_link" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "one_id" BIGINT NOT NULL,
    "other_id" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("one_id") REFERENCES "support_ticket" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("other_id") REFERENCES "support_ticket" ("id") ON DELETE CASCADE,
    CHECK (one_id < other_id)
);
CREATE INDEX "support_link_other_id" ON "support_link" ("other_id");
CREATE UNIQUE INDEX "support_link_one_id_other_id" ON "support_link" ("one_id", "other_id");

CREATE TABLE "support_participant" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "ticket_id" BIGINT NOT NULL,
    "email" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "language" VARCHAR(255) NOT NULL,
    "account_id" BIGINT,
    "muted" BOOLEAN NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    FOREIGN KEY ("ticket_id") REFERENCES "support_ticket" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("account_id") REFERENCES "account" ("id") ON DELETE SET NULL
);
CREATE INDEX "support_participant_account_id" ON "support_participant" ("account_id");
CREATE UNIQUE INDEX "support_participant_ticket_id_email" ON "support_participant" ("ticket_id", "email");
CREATE INDEX "support_participant_email" ON "support_participant" ("email");

CREATE TABLE "support_received" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "mailbox" VARCHAR(255) NOT NULL,
    "message_id" VARCHAR(1000) NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "size" INTEGER NOT NULL,
    "envelope_from" VARCHAR(1000) NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('stored', 'filed', 'held', 'automatic', 'bounce', 'duplicate', 'discarded')),
    "reason" VARCHAR(255) NOT NULL,
    "from_email" VARCHAR(255) NOT NULL,
    "from_name" VARCHAR(255) NOT NULL,
    "subject" VARCHAR(1000) NOT NULL,
    "ticket_id" BIGINT,
    "event_id" BIGINT,
    "settled_by_name" VARCHAR(255) NOT NULL,
    "received_at" TIMESTAMP NOT NULL,
    "settled_at" TIMESTAMP,
    "content" BYTEA NOT NULL,
    FOREIGN KEY ("ticket_id") REFERENCES "support_ticket" ("id") ON DELETE SET NULL,
    FOREIGN KEY ("event_id") REFERENCES "support_event" ("id") ON DELETE SET NULL
);
CREATE UNIQUE INDEX "support_received_public_id" ON "support_received" ("public_id");
CREATE INDEX "support_received_ticket_id" ON "support_received" ("ticket_id");
CREATE INDEX "support_received_event_id" ON "support_received" ("event_id");
CREATE UNIQUE INDEX "support_received_message_id_sha256_mailbox" ON "support_received" ("message_id", "sha256", "mailbox");
CREATE INDEX "support_received_state_id" ON "support_received" ("state", "id");

CREATE TABLE "support_rule" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(255) NOT NULL,
    "version" INTEGER NOT NULL,
    "state" VARCHAR(255) NOT NULL CHECK (state IN ('draft', 'active', 'former', 'discarded')),
    "thresholds" TEXT NOT NULL,
    "excluded" TEXT NOT NULL,
    "note" VARCHAR(1000) NOT NULL,
    "trial" TEXT,
    "tried_at" TIMESTAMP,
    "made_by_name" VARCHAR(255) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "active_at" TIMESTAMP
);
CREATE UNIQUE INDEX "support_rule_public_id" ON "support_rule" ("public_id");
CREATE UNIQUE INDEX "support_rule_version" ON "support_rule" ("version");
CREATE UNIQUE INDEX "support_rule_active" ON "support_rule" ("state") WHERE ("state" = 'active');

CREATE TABLE "support_unreachable" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "email" VARCHAR(255) NOT NULL,
    "code" VARCHAR(12) NOT NULL,
    "detail" VARCHAR(1000) NOT NULL,
    "since" TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX "support_unreachable_email" ON "support_unreachable" ("email");
