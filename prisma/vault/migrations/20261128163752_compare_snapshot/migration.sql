-- AlterTable
ALTER TABLE "compare" ADD COLUMN     "to_snapshot" TEXT;
