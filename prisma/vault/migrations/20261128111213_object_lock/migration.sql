-- AlterTable
ALTER TABLE "destination" ADD COLUMN     "lock_days" INTEGER;

-- AlterTable
ALTER TABLE "external_object" ADD COLUMN     "locked_until" TIMESTAMPTZ(3);
