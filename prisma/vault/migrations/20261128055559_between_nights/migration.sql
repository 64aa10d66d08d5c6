-- DropIndex
DROP INDEX "night_policy_local_date_key";

-- AlterTable
ALTER TABLE "schedule" ADD COLUMN     "every_hours" INTEGER,
ADD COLUMN     "every_hours_since" TIMESTAMPTZ(3),
ADD COLUMN     "keep_hours" INTEGER NOT NULL DEFAULT 48;

-- AlterTable
ALTER TABLE "night" ADD COLUMN     "slot" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE UNIQUE INDEX "night_policy_local_date_slot_key" ON "night"("policy", "local_date", "slot");

ALTER TABLE "backup" DROP CONSTRAINT "backup_kind_check",
  ADD CONSTRAINT "backup_kind_check" CHECK ("kind" IN ('MANUAL', 'AUTOMATIC', 'INTRADAY', 'SAFETY', 'UPLOADED'));
ALTER TABLE "schedule"
  ADD CONSTRAINT "schedule_every_hours_check" CHECK ("every_hours" IN (1, 2, 4, 6, 12)),
  ADD CONSTRAINT "schedule_keep_hours_check" CHECK ("keep_hours" BETWEEN 1 AND 10000);
