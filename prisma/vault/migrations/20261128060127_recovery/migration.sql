-- AlterTable
ALTER TABLE "api_key" ADD COLUMN     "is_lost" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "recovery" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "server_id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "backup_name" TEXT NOT NULL,
    "backup_given_name" JSONB,
    "backup_created_at" TIMESTAMPTZ(3),
    "source" TEXT NOT NULL,
    "place" TEXT NOT NULL,
    "destination_id" UUID,
    "upload_id" UUID,
    "job_id" UUID,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),
    "old_server_gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "recovery_pkey" PRIMARY KEY ("id")
);

-- What Prisma does not write: checks.
ALTER TABLE "recovery" ADD CONSTRAINT "recovery_one_row_check" CHECK ("id" = 1);
ALTER TABLE "recovery" ADD CONSTRAINT "recovery_source_check" CHECK ("source" IN ('PLACE', 'FILE', 'UPLOAD'));
ALTER TABLE "recovery" ADD CONSTRAINT "recovery_old_server_check"
  CHECK ("old_server_gone_at" IS NULL OR "ended_at" IS NOT NULL);
ALTER TABLE "kept_plant" DROP CONSTRAINT "kept_plant_replaced_by_check";
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_replaced_by_check"
  CHECK ("replaced_by" IN ('APPLY', 'UNDO', 'RECOVERY'));
