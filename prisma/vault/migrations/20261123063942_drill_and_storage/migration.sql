-- AlterTable
ALTER TABLE "backup" ADD COLUMN     "drill_code" TEXT,
ADD COLUMN     "drill_failed_at" TIMESTAMPTZ(3),
ADD COLUMN     "drill_hint" TEXT,
ADD COLUMN     "drill_message" TEXT,
ADD COLUMN     "restore_seconds" DOUBLE PRECISION;

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

-- Checks that Prisma does not write
ALTER TABLE "storage_day" ADD CONSTRAINT "storage_day_level_check" CHECK ("level" IN ('OK', 'LOW', 'FULL'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_drill_failed_check"
  CHECK (("drill_failed_at" IS NULL) = ("drill_code" IS NULL));
ALTER TABLE "backup" ADD CONSTRAINT "backup_proven_check"
  CHECK ("restore_seconds" IS NULL OR "proven_at" IS NOT NULL);
