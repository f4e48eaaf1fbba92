
CREATE TABLE "help_answer" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "public_id" VARCHAR(32) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "lang" VARCHAR(8) NOT NULL,
    "helpful" INTEGER NOT NULL,
    "sentence" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "done_at" DATETIME
);
CREATE UNIQUE INDEX "help_answer_public_id" ON "help_answer" ("public_id");
CREATE INDEX "help_answer_key_lang_created_at" ON "help_answer" ("key", "lang", "created_at");
CREATE INDEX "help_answer_done_at_created_at" ON "help_answer" ("done_at", "created_at");

CREATE TABLE "help_entry" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "edition" VARCHAR(16) NOT NULL,
    "lang" VARCHAR(8) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "public" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "help_entry_edition_lang_key" ON "help_entry" ("edition", "lang", "key");

CREATE TABLE "help_word" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "edition" VARCHAR(16) NOT NULL,
    "lang" VARCHAR(8) NOT NULL,
    "text" VARCHAR(80) NOT NULL,
    "start" VARCHAR(12) NOT NULL,
    "articles" INTEGER NOT NULL,
    "public_articles" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "help_word_edition_lang_text" ON "help_word" ("edition", "lang", "text");
CREATE INDEX "help_word_edition_lang_start" ON "help_word" ("edition", "lang", "start");

CREATE TABLE "help_posting" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "word_id" INTEGER NOT NULL,
    "entry_id" INTEGER NOT NULL,
    "weight" INTEGER NOT NULL,
    FOREIGN KEY ("word_id") REFERENCES "help_word" ("id") ON DELETE CASCADE,
    FOREIGN KEY ("entry_id") REFERENCES "help_entry" ("id") ON DELETE CASCADE
);
CREATE INDEX "help_posting_entry_id" ON "help_posting" ("entry_id");
CREATE UNIQUE INDEX "help_posting_word_id_weight_entry_id" ON "help_posting" ("word_id", "weight", "entry_id");

CREATE TABLE "help_reading" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "key" VARCHAR(80) NOT NULL,
    "lang" VARCHAR(8) NOT NULL,
    "day" DATE NOT NULL,
    "count" INTEGER NOT NULL
);
CREATE UNIQUE INDEX "help_reading_key_lang_day" ON "help_reading" ("key", "lang", "day");
