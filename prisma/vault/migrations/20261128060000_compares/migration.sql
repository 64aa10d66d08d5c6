-- AlterTable
ALTER TABLE "backup" ADD COLUMN     "changes" JSONB;

-- CreateTable
CREATE TABLE "compare" (
    "id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PREPARING',
    "job_id" UUID NOT NULL,
    "from_backup_id" UUID NOT NULL,
    "from_name" TEXT NOT NULL,
    "from_given_name" JSONB,
    "from_created_at" TIMESTAMPTZ(3) NOT NULL,
    "to_now" BOOLEAN NOT NULL,
    "to_backup_id" UUID,
    "to_name" TEXT NOT NULL,
    "to_given_name" JSONB,
    "to_created_at" TIMESTAMPTZ(3),
    "scratch_schema" TEXT NOT NULL,
    "tables" JSONB,
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ready_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "compare_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "compare_from_backup_id_to_backup_id_idx" ON "compare"("from_backup_id", "to_backup_id");

-- A backup made on the spot for a compare is in no list.
ALTER TABLE "backup" DROP CONSTRAINT "backup_status_check";
ALTER TABLE "backup" ADD CONSTRAINT "backup_status_check" CHECK ("status" IN ('READY', 'DELETING', 'NOW'));
ALTER TABLE "compare" ADD CONSTRAINT "compare_status_check" CHECK ("status" IN ('PREPARING', 'READY', 'FAILED'));
ALTER TABLE "compare" ADD CONSTRAINT "compare_ready_check"
  CHECK (("status" = 'READY') = ("tables" IS NOT NULL) AND ("status" = 'READY') = ("ready_at" IS NOT NULL));
ALTER TABLE "compare" ADD CONSTRAINT "compare_to_check" CHECK ("to_now" OR "to_backup_id" IS NOT NULL);
