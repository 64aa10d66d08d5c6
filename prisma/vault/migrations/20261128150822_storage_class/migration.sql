-- AlterTable
ALTER TABLE "destination" ADD COLUMN     "storage_class" TEXT;

-- AlterTable
ALTER TABLE "external_object" ADD COLUMN     "storage_class" TEXT;
