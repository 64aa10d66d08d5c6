-- AlterTable
ALTER TABLE "backup" DROP CONSTRAINT "backup_drill_failed_check",
DROP COLUMN "drill_code",
DROP COLUMN "drill_hint",
DROP COLUMN "drill_message",
ADD COLUMN     "drill_error" JSONB;

-- AlterTable
ALTER TABLE "job" DROP COLUMN "error_code",
DROP COLUMN "error_hint",
DROP COLUMN "error_message",
ADD COLUMN     "error" JSONB;

-- AlterTable
ALTER TABLE "upload" DROP COLUMN "error_code",
DROP COLUMN "error_hint",
DROP COLUMN "error_message",
ADD COLUMN     "error" JSONB;

-- AlterTable
ALTER TABLE "night" DROP COLUMN "error_code",
DROP COLUMN "error_hint",
DROP COLUMN "error_message",
ADD COLUMN     "error" JSONB;

-- AlterTable
ALTER TABLE "notification" DROP COLUMN "error_code",
DROP COLUMN "error_hint",
DROP COLUMN "error_message",
ADD COLUMN     "error" JSONB;

-- Checks that Prisma does not write
ALTER TABLE "backup" ADD CONSTRAINT "backup_drill_failed_check"
  CHECK (("drill_failed_at" IS NULL) = ("drill_error" IS NULL));
