-- CreateTable
CREATE TABLE "backup" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "comment" TEXT NOT NULL DEFAULT '',
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
    "stored_size" BIGINT NOT NULL,
    "tables" JSONB NOT NULL,
    "structure" JSONB NOT NULL,
    "manifest_object" TEXT NOT NULL,
    "manifest_sha256" TEXT NOT NULL,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "proven_at" TIMESTAMPTZ(3),
    "job_id" UUID,

    CONSTRAINT "backup_pkey" PRIMARY KEY ("id")
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
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,
    "input" JSONB NOT NULL,
    "result" JSONB,
    "requested_by_id" UUID,
    "requested_by_name" TEXT NOT NULL,
    "requested_from" TEXT NOT NULL DEFAULT '',
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
CREATE TABLE "restore" (
    "id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "backup_name" TEXT NOT NULL,
    "backup_created_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "job_id" UUID NOT NULL,
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
    "address" TEXT NOT NULL DEFAULT '',
    "user_agent" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
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
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_id" UUID,
    "actor_name" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL DEFAULT '',
    "target_id" TEXT NOT NULL DEFAULT '',
    "target_name" TEXT NOT NULL DEFAULT '',
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
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_target_id_idx" ON "audit_event"("target_id");

-- AddForeignKey
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_restore_id_fkey" FOREIGN KEY ("restore_id") REFERENCES "restore"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Checks, defaults and rows that Prisma does not write
ALTER TABLE "backup" ADD CONSTRAINT "backup_kind_check" CHECK ("kind" IN ('MANUAL', 'AUTOMATIC', 'SAFETY', 'UPLOADED'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_status_check" CHECK ("status" IN ('READY', 'DELETING'));
ALTER TABLE "job" ADD CONSTRAINT "job_status_check" CHECK ("status" IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'));
ALTER TABLE "job" ADD CONSTRAINT "job_ended_check" CHECK (("status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) = ("ended_at" IS NOT NULL));
ALTER TABLE "chunk" ADD CONSTRAINT "chunk_state_check" CHECK ("state" IN ('WRITING', 'STORED', 'CONDEMNED'));
-- One STORED generation of a chunk at most: two writers of the same bytes cannot both win.
CREATE UNIQUE INDEX "chunk_stored_key" ON "chunk" ("id") WHERE "state" = 'STORED';
CREATE SEQUENCE "chunk_generation" AS bigint;
ALTER TABLE "restore" ADD CONSTRAINT "restore_status_check" CHECK ("status" IN ('STAGING', 'STAGED', 'APPLIED', 'UNDONE', 'DISCARDED', 'FAILED'));
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_replaced_by_check" CHECK ("replaced_by" IN ('APPLY', 'UNDO'));
ALTER TABLE "plant_state" ADD CONSTRAINT "plant_state_one_row_check" CHECK ("id" = 1);
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_outcome_check" CHECK ("outcome" IN ('DONE', 'REFUSED', 'FAILED'));
INSERT INTO "plant_state" ("id") VALUES (1);
