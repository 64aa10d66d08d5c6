-- CreateTable
CREATE TABLE "destination" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "access" JSONB NOT NULL,
    "secret" BYTEA,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "keep_last" INTEGER NOT NULL DEFAULT 7,
    "keep_daily" INTEGER NOT NULL DEFAULT 30,
    "keep_weekly" INTEGER NOT NULL DEFAULT 13,
    "keep_monthly" INTEGER NOT NULL DEFAULT 24,
    "bytes_per_second" BIGINT,
    "quiet_from" TEXT,
    "quiet_until" TEXT,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "owner_id" UUID,
    "discovered_at" TIMESTAMPTZ(3),
    "unreadable" INTEGER NOT NULL DEFAULT 0,
    "lost_at" TIMESTAMPTZ(3),
    "report" JSONB NOT NULL DEFAULT '[]',
    "tested_at" TIMESTAMPTZ(3),
    "job_id" UUID,
    "last_good_at" TIMESTAMPTZ(3),
    "failing_since" TIMESTAMPTZ(3),
    "error" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "last_run" JSONB,
    "listed_at" TIMESTAMPTZ(3),
    "missing" INTEGER NOT NULL DEFAULT 0,
    "notified_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_kind" TEXT NOT NULL,
    "created_by_id" UUID,
    "created_by_name" TEXT NOT NULL,

    CONSTRAINT "destination_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "external_copy" (
    "destination_id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "given_name" JSONB,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL,
    "kept" BOOLEAN NOT NULL DEFAULT false,
    "manifest_object" TEXT NOT NULL,
    "sent_bytes" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),
    "condemned_at" TIMESTAMPTZ(3),
    "tested_at" TIMESTAMPTZ(3),
    "test_failed_at" TIMESTAMPTZ(3),
    "test_error" JSONB,

    CONSTRAINT "external_copy_pkey" PRIMARY KEY ("destination_id","backup_id")
);

-- CreateTable
CREATE TABLE "external_object" (
    "destination_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL DEFAULT 0,
    "sha256" BYTEA,
    "sent_at" TIMESTAMPTZ(3),
    "checked_at" TIMESTAMPTZ(3),
    "damaged_at" TIMESTAMPTZ(3),
    "condemned_at" TIMESTAMPTZ(3),

    CONSTRAINT "external_object_pkey" PRIMARY KEY ("destination_id","name")
);

-- CreateIndex
CREATE INDEX "external_copy_backup_id_idx" ON "external_copy"("backup_id");

-- CreateIndex
CREATE INDEX "external_object_destination_id_checked_at_idx" ON "external_object"("destination_id", "checked_at");
