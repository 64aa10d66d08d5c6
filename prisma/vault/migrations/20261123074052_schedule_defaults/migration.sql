-- AlterTable
ALTER TABLE "schedule" ADD COLUMN     "default_time" TEXT,
ADD COLUMN     "default_time_zone" TEXT;
