-- CreateTable
CREATE TABLE "schedule" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "time" TEXT,
    "time_zone" TEXT,
    "include_files" BOOLEAN NOT NULL DEFAULT true,
    "keep_last" INTEGER NOT NULL DEFAULT 7,
    "keep_daily" INTEGER NOT NULL DEFAULT 30,
    "keep_weekly" INTEGER NOT NULL DEFAULT 13,
    "keep_monthly" INTEGER NOT NULL DEFAULT 24,
    "owed_from" DATE NOT NULL,
    "last_time" TEXT NOT NULL,
    "last_time_zone" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3),
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
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),
    "removed_by_id" UUID,
    "removed_by_name" TEXT,
    "proven_at" TIMESTAMPTZ(3),

    CONSTRAINT "night_pkey" PRIMARY KEY ("id")
);

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

-- Checks that Prisma does not write
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_one_row_check" CHECK ("id" = 1);
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_keep_check" CHECK ("keep_last" >= 1 AND "keep_daily" >= 0 AND "keep_weekly" >= 0 AND "keep_monthly" >= 0);
ALTER TABLE "night" ADD CONSTRAINT "night_status_check" CHECK ("status" IN ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'MISSED'));
ALTER TABLE "night" ADD CONSTRAINT "night_waiting_check" CHECK (("status" = 'WAITING') = ("next_attempt_at" IS NOT NULL));
