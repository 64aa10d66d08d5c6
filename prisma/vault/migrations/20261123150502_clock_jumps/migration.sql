-- AlterTable
ALTER TABLE "schedule" ADD COLUMN     "looked_at" TIMESTAMPTZ(3),
ADD COLUMN     "owed_before" DATE;
