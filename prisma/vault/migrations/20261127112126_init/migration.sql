-- CreateTable
CREATE TABLE "backup" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "given_name" JSONB,
    "comment" TEXT NOT NULL DEFAULT '',
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'READY',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3),
    "includes_files" BOOLEAN NOT NULL,
    "file_count" INTEGER NOT NULL,
    "file_bytes" BIGINT NOT NULL,
    "table_bytes" BIGINT NOT NULL,
    "archive_size" BIGINT NOT NULL,
    "archive_exact" BOOLEAN NOT NULL DEFAULT false,
    "archive_sha256" TEXT,
    "stored_size" BIGINT NOT NULL,
    "tables" JSONB NOT NULL,
    "structure" JSONB NOT NULL,
    "manifest_object" TEXT NOT NULL,
    "manifest_sha256" TEXT NOT NULL,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "tested_at" TIMESTAMPTZ(3),
    "restore_seconds" DOUBLE PRECISION,
    "test_failed_at" TIMESTAMPTZ(3),
    "test_error" JSONB,
    "job_id" UUID,
    "uploaded_from" TEXT,
    "uploaded_at" TIMESTAMPTZ(3),
    "uploaded_by_kind" TEXT,
    "uploaded_by_id" UUID,
    "uploaded_by_name" TEXT,

    CONSTRAINT "backup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage_day" (
    "day" DATE NOT NULL,
    "measured_at" TIMESTAMPTZ(3) NOT NULL,
    "free_bytes" BIGINT,
    "total_bytes" BIGINT,
    "backup_bytes" BIGINT NOT NULL,
    "post_file_bytes" BIGINT NOT NULL,
    "database_bytes" BIGINT NOT NULL,
    "level" TEXT NOT NULL,

    CONSTRAINT "storage_day_pkey" PRIMARY KEY ("day")
);

-- CreateTable
CREATE TABLE "job" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "phase" TEXT NOT NULL DEFAULT '',
    "progress_done" BIGINT NOT NULL DEFAULT 0,
    "progress_total" BIGINT NOT NULL DEFAULT 0,
    "progress_unit" TEXT NOT NULL DEFAULT 'bytes',
    "error" JSONB,
    "input" JSONB NOT NULL,
    "result" JSONB,
    "requested_by_kind" TEXT NOT NULL,
    "requested_by_id" UUID,
    "requested_by_name" TEXT NOT NULL,
    "requested_from" TEXT NOT NULL DEFAULT '',
    "api_key_id" UUID,
    "api_key_name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "worker_id" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "fencing_token" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chunk" (
    "id" BYTEA NOT NULL,
    "generation" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "codec" TEXT NOT NULL,
    "plain_bytes" INTEGER NOT NULL,
    "stored_bytes" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "condemned_at" TIMESTAMPTZ(3),
    "job_id" UUID NOT NULL,

    CONSTRAINT "chunk_pkey" PRIMARY KEY ("id","generation")
);

-- CreateTable
CREATE TABLE "chunk_pin" (
    "job_id" UUID NOT NULL,
    "id" BYTEA NOT NULL,
    "generation" BIGINT NOT NULL,

    CONSTRAINT "chunk_pin_pkey" PRIMARY KEY ("job_id","id","generation")
);

-- CreateTable
CREATE TABLE "archive_head" (
    "backup_id" UUID NOT NULL,
    "object" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "layout_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "archive_head_pkey" PRIMARY KEY ("backup_id")
);

-- CreateTable
CREATE TABLE "upload" (
    "id" UUID NOT NULL,
    "file_name" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RECEIVING',
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "job_id" UUID,
    "backup_id" UUID,
    "error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_kit" (
    "server_id" UUID NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,
    "saved_by_kind" TEXT NOT NULL,
    "saved_by_id" UUID,
    "saved_by_name" TEXT NOT NULL,
    "checked_at" TIMESTAMPTZ(3),
    "checked_by_kind" TEXT,
    "checked_by_id" UUID,
    "checked_by_name" TEXT,

    CONSTRAINT "recovery_kit_pkey" PRIMARY KEY ("server_id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "time" TEXT,
    "time_zone" TEXT,
    "default_time" TEXT,
    "default_time_zone" TEXT,
    "include_files" BOOLEAN NOT NULL DEFAULT true,
    "keep_last" INTEGER NOT NULL DEFAULT 7,
    "keep_daily" INTEGER NOT NULL DEFAULT 30,
    "keep_weekly" INTEGER NOT NULL DEFAULT 13,
    "keep_monthly" INTEGER NOT NULL DEFAULT 24,
    "owed_from" DATE NOT NULL,
    "owed_before" DATE,
    "looked_at" TIMESTAMPTZ(3),
    "last_time" TEXT NOT NULL,
    "last_time_zone" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3),
    "updated_by_kind" TEXT,
    "updated_by_id" UUID,
    "updated_by_name" TEXT,

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "night" (
    "id" UUID NOT NULL,
    "policy" TEXT NOT NULL,
    "local_date" DATE NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3) NOT NULL,
    "time" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "late" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "job_id" UUID,
    "backup_id" UUID,
    "error" JSONB,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),
    "removed_by_kind" TEXT,
    "removed_by_id" UUID,
    "removed_by_name" TEXT,
    "tested_at" TIMESTAMPTZ(3),

    CONSTRAINT "night_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "restore" (
    "id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "backup_name" TEXT NOT NULL,
    "backup_given_name" JSONB,
    "backup_created_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "job_id" UUID NOT NULL,
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "stage_schema" TEXT NOT NULL,
    "structure" JSONB,
    "tables" JSONB,
    "missing_files" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "staged_at" TIMESTAMPTZ(3),
    "good_until" TIMESTAMPTZ(3),
    "applied_at" TIMESTAMPTZ(3),
    "applied_by_kind" TEXT,
    "applied_by_id" UUID,
    "applied_by_name" TEXT,
    "undo_until" TIMESTAMPTZ(3),
    "undone_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "restore_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kept_plant" (
    "schema" TEXT NOT NULL,
    "restore_id" UUID NOT NULL,
    "replaced_by" TEXT NOT NULL,
    "kept_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "keep_until" TIMESTAMPTZ(3) NOT NULL,
    "safety_job_id" UUID,
    "safety_backup_id" UUID,
    "gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "kept_plant_pkey" PRIMARY KEY ("schema")
);

-- CreateTable
CREATE TABLE "plant_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "epoch" BIGINT NOT NULL DEFAULT 1,
    "holder_job_id" UUID,
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "plant_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "password_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "address" TEXT NOT NULL DEFAULT '',
    "user_agent" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "last_four" TEXT NOT NULL,
    "owner_id" UUID NOT NULL,
    "owner_name" TEXT NOT NULL,
    "actions" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_kind" TEXT,
    "revoked_by_id" UUID,
    "revoked_by_name" TEXT,
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_from" TEXT,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_token" (
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "setup_token_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "resets_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "notification_settings" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "events" TEXT[],
    "locale" TEXT NOT NULL,
    "mail_host" TEXT,
    "mail_port" INTEGER,
    "mail_security" TEXT,
    "mail_user" TEXT,
    "mail_password" BYTEA,
    "mail_from" TEXT,
    "mail_to" TEXT[],
    "updated_at" TIMESTAMPTZ(3),
    "updated_by_kind" TEXT,
    "updated_by_id" UUID,
    "updated_by_name" TEXT,

    CONSTRAINT "notification_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_kind" TEXT NOT NULL,
    "created_by_id" UUID,
    "created_by_name" TEXT NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "occurrence" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "actor_name" TEXT NOT NULL,
    "api_key_id" UUID,
    "api_key_name" TEXT,
    "address" TEXT NOT NULL DEFAULT '',
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL DEFAULT '',
    "target_id" TEXT NOT NULL DEFAULT '',
    "target_name" TEXT NOT NULL DEFAULT '',
    "target_given_name" JSONB,
    "outcome" TEXT NOT NULL,
    "detail" JSONB,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "backup_manifest_object_key" ON "backup"("manifest_object");

-- CreateIndex
CREATE INDEX "backup_created_at_id_idx" ON "backup"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "backup_kind_created_at_id_idx" ON "backup"("kind", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "job_status_not_before_idx" ON "job"("status", "not_before");

-- CreateIndex
CREATE INDEX "job_created_at_id_idx" ON "job"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "chunk_state_condemned_at_idx" ON "chunk"("state", "condemned_at");

-- CreateIndex
CREATE INDEX "chunk_pin_id_generation_idx" ON "chunk_pin"("id", "generation");

-- CreateIndex
CREATE UNIQUE INDEX "archive_head_object_key" ON "archive_head"("object");

-- CreateIndex
CREATE INDEX "archive_head_status_last_used_at_idx" ON "archive_head"("status", "last_used_at");

-- CreateIndex
CREATE INDEX "upload_author_id_created_at_idx" ON "upload"("author_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "upload_status_expires_at_idx" ON "upload"("status", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "night_job_id_key" ON "night"("job_id");

-- CreateIndex
CREATE INDEX "night_scheduled_for_idx" ON "night"("scheduled_for");

-- CreateIndex
CREATE INDEX "night_backup_id_idx" ON "night"("backup_id");

-- CreateIndex
CREATE INDEX "night_status_idx" ON "night"("status");

-- CreateIndex
CREATE UNIQUE INDEX "night_policy_local_date_key" ON "night"("policy", "local_date");

-- CreateIndex
CREATE INDEX "restore_created_at_id_idx" ON "restore"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "kept_plant_restore_id_idx" ON "kept_plant"("restore_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "api_key_created_at_id_idx" ON "api_key"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "api_key_owner_id_idx" ON "api_key"("owner_id");

-- CreateIndex
CREATE INDEX "notification_created_at_id_idx" ON "notification"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "notification_status_next_attempt_at_idx" ON "notification"("status", "next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "notification_occurrence_way_key" ON "notification"("occurrence", "way");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_target_id_idx" ON "audit_event"("target_id");

-- AddForeignKey
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_restore_id_fkey" FOREIGN KEY ("restore_id") REFERENCES "restore"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- What Prisma does not write: checks, sequences, a generated column, rows.

-- Backups
ALTER TABLE "backup" ADD CONSTRAINT "backup_kind_check" CHECK ("kind" IN ('MANUAL', 'AUTOMATIC', 'SAFETY', 'UPLOADED'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_status_check" CHECK ("status" IN ('READY', 'DELETING'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_given_name_check" CHECK ("kind" <> 'MANUAL' OR "given_name" IS NULL);
ALTER TABLE "backup" ADD CONSTRAINT "backup_test_failed_check"
  CHECK (("test_failed_at" IS NULL) = ("test_error" IS NULL));
ALTER TABLE "backup" ADD CONSTRAINT "backup_tested_check"
  CHECK ("restore_seconds" IS NULL OR "tested_at" IS NOT NULL);
ALTER TABLE "storage_day" ADD CONSTRAINT "storage_day_level_check" CHECK ("level" IN ('OK', 'LOW', 'FULL'));

-- Jobs
ALTER TABLE "job" ADD CONSTRAINT "job_status_check" CHECK ("status" IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'));
ALTER TABLE "job" ADD CONSTRAINT "job_ended_check" CHECK (("status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) = ("ended_at" IS NOT NULL));

-- Chunks. DAMAGED: found missing or altered, so that no new backup relies on it. Two jobs may write the same
-- bytes at the same time: each generation is whole, and each backup names its own.
ALTER TABLE "chunk" ADD CONSTRAINT "chunk_state_check" CHECK ("state" IN ('WRITING', 'STORED', 'CONDEMNED', 'DAMAGED'));
CREATE SEQUENCE "chunk_generation" AS bigint;

-- Archives
ALTER TABLE "archive_head" ADD CONSTRAINT "archive_head_status_check" CHECK ("status" IN ('READY', 'GONE'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_status_check" CHECK ("status" IN ('RECEIVING', 'CHECKING', 'DONE', 'REFUSED', 'FAILED', 'CANCELLED', 'EXPIRED'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_size_check" CHECK ("size" > 0);
-- Names what one attempt writes into the store, where the fencing token of its job could name another job's:
-- above every such token.
CREATE SEQUENCE "attempt" AS bigint START 1000000;

-- Schedule and nights
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_one_row_check" CHECK ("id" = 1);
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_keep_check" CHECK ("keep_last" >= 1 AND "keep_daily" >= 0 AND "keep_weekly" >= 0 AND "keep_monthly" >= 0);
ALTER TABLE "night" ADD CONSTRAINT "night_status_check" CHECK ("status" IN ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'MISSED'));
ALTER TABLE "night" ADD CONSTRAINT "night_waiting_check" CHECK (("status" = 'WAITING') = ("next_attempt_at" IS NOT NULL));

-- Restores
ALTER TABLE "restore" ADD CONSTRAINT "restore_status_check" CHECK ("status" IN ('STAGING', 'STAGED', 'APPLIED', 'UNDONE', 'DISCARDED', 'FAILED'));
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_replaced_by_check" CHECK ("replaced_by" IN ('APPLY', 'UNDO'));
ALTER TABLE "plant_state" ADD CONSTRAINT "plant_state_one_row_check" CHECK ("id" = 1);
INSERT INTO "plant_state" ("id") VALUES (1);

-- Notifications
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_one_row_check" CHECK ("id" = 1);
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_mail_check" CHECK (
  num_nulls("mail_host", "mail_port", "mail_security", "mail_from") IN (0, 4)
  AND ("mail_host" IS NOT NULL OR num_nonnulls("mail_user", "mail_password") = 0)
  AND ("mail_password" IS NULL OR "mail_user" IS NOT NULL));
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_security_check" CHECK ("mail_security" IN ('TLS', 'STARTTLS', 'NONE'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_channel_check" CHECK ("channel" IN ('EMAIL', 'WEBHOOK'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_status_check" CHECK ("status" IN ('PENDING', 'DELIVERED', 'FAILED'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_pending_check" CHECK (("status" = 'PENDING') = ("next_attempt_at" IS NOT NULL) AND ("status" = 'PENDING') = ("ended_at" IS NULL));

-- Audit log
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_outcome_check" CHECK ("outcome" IN ('DONE', 'REFUSED', 'FAILED'));
-- What a search of the log looks in, without case and accents, made once for each event and not at each search.
ALTER TABLE "audit_event" ADD COLUMN "search" TEXT GENERATED ALWAYS AS (
  translate(lower(("actor_name" || E'\n' || "action" || E'\n' || "target_name") COLLATE "C"),
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')) STORED;

-- Who did something: only a person has an id, and the server and its environment have no name.
ALTER TABLE "backup" ADD CONSTRAINT "backup_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "backup" ADD CONSTRAINT "backup_uploaded_by_check" CHECK (
  num_nulls("uploaded_by_kind", "uploaded_by_name") = 0 AND (
  "uploaded_by_kind" = 'PERSON' OR "uploaded_by_id" IS NULL
  AND ("uploaded_by_kind" = 'COMMAND_LINE' OR "uploaded_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "uploaded_by_name" = ''))
  OR num_nonnulls("uploaded_by_kind", "uploaded_by_id", "uploaded_by_name") = 0);
ALTER TABLE "job" ADD CONSTRAINT "job_requested_by_check" CHECK (
  "requested_by_kind" = 'PERSON' OR "requested_by_id" IS NULL
  AND ("requested_by_kind" = 'COMMAND_LINE' OR "requested_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "requested_by_name" = ''));
ALTER TABLE "upload" ADD CONSTRAINT "upload_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "recovery_kit" ADD CONSTRAINT "recovery_kit_saved_by_check" CHECK (
  "saved_by_kind" = 'PERSON' OR "saved_by_id" IS NULL
  AND ("saved_by_kind" = 'COMMAND_LINE' OR "saved_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "saved_by_name" = ''));
ALTER TABLE "recovery_kit" ADD CONSTRAINT "recovery_kit_checked_by_check" CHECK (
  num_nulls("checked_by_kind", "checked_by_name") = 0 AND (
  "checked_by_kind" = 'PERSON' OR "checked_by_id" IS NULL
  AND ("checked_by_kind" = 'COMMAND_LINE' OR "checked_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "checked_by_name" = ''))
  OR num_nonnulls("checked_by_kind", "checked_by_id", "checked_by_name") = 0);
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_updated_by_check" CHECK (
  num_nulls("updated_by_kind", "updated_by_name") = 0 AND (
  "updated_by_kind" = 'PERSON' OR "updated_by_id" IS NULL
  AND ("updated_by_kind" = 'COMMAND_LINE' OR "updated_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "updated_by_name" = ''))
  OR num_nonnulls("updated_by_kind", "updated_by_id", "updated_by_name") = 0);
ALTER TABLE "night" ADD CONSTRAINT "night_removed_by_check" CHECK (
  num_nulls("removed_by_kind", "removed_by_name") = 0 AND (
  "removed_by_kind" = 'PERSON' OR "removed_by_id" IS NULL
  AND ("removed_by_kind" = 'COMMAND_LINE' OR "removed_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "removed_by_name" = ''))
  OR num_nonnulls("removed_by_kind", "removed_by_id", "removed_by_name") = 0);
ALTER TABLE "restore" ADD CONSTRAINT "restore_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "restore" ADD CONSTRAINT "restore_applied_by_check" CHECK (
  num_nulls("applied_by_kind", "applied_by_name") = 0 AND (
  "applied_by_kind" = 'PERSON' OR "applied_by_id" IS NULL
  AND ("applied_by_kind" = 'COMMAND_LINE' OR "applied_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "applied_by_name" = ''))
  OR num_nonnulls("applied_by_kind", "applied_by_id", "applied_by_name") = 0);
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_revoked_by_check" CHECK (
  num_nulls("revoked_by_kind", "revoked_by_name") = 0 AND (
  "revoked_by_kind" = 'PERSON' OR "revoked_by_id" IS NULL
  AND ("revoked_by_kind" = 'COMMAND_LINE' OR "revoked_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "revoked_by_name" = ''))
  OR num_nonnulls("revoked_by_kind", "revoked_by_id", "revoked_by_name") = 0);
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_updated_by_check" CHECK (
  num_nulls("updated_by_kind", "updated_by_name") = 0 AND (
  "updated_by_kind" = 'PERSON' OR "updated_by_id" IS NULL
  AND ("updated_by_kind" = 'COMMAND_LINE' OR "updated_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "updated_by_name" = ''))
  OR num_nonnulls("updated_by_kind", "updated_by_id", "updated_by_name") = 0);
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_created_by_check" CHECK (
  "created_by_kind" = 'PERSON' OR "created_by_id" IS NULL
  AND ("created_by_kind" = 'COMMAND_LINE' OR "created_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "created_by_name" = ''));
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_actor_check" CHECK (
  "actor_kind" = 'PERSON' OR "actor_id" IS NULL
  AND ("actor_kind" = 'COMMAND_LINE' OR "actor_kind" IN ('ENVIRONMENT', 'SERVER') AND "actor_name" = ''));
