-- AlterTable
ALTER TABLE "restore" ADD COLUMN     "as_announced" BOOLEAN;
