-- AlterTable
ALTER TABLE "project" ADD COLUMN     "external_id" TEXT;

-- AlterTable
ALTER TABLE "pole" ADD COLUMN     "external_id" TEXT,
ADD COLUMN     "licensing_protocol" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "observation" TEXT NOT NULL DEFAULT '',
ALTER COLUMN "licensing_status" SET DEFAULT 'UNKNOWN';

-- AlterTable
ALTER TABLE "box" ADD COLUMN     "code" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "external_id" TEXT,
ADD COLUMN     "observation" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "ports" INTEGER;

-- AlterTable
ALTER TABLE "cable" ADD COLUMN     "external_id" TEXT,
ADD COLUMN     "observation" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "template" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "tube_count" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "client" ADD COLUMN     "code" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "drop_id" UUID,
ADD COLUMN     "external_id" TEXT,
ADD COLUMN     "observation" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "onu_serial" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "post" ADD COLUMN     "due_on" DATE,
ADD COLUMN     "work" TEXT NOT NULL DEFAULT 'NONE';

-- CreateIndex: of the few rows that have the value, so that it costs the others nothing
CREATE INDEX "client_drop_id_idx" ON "client"("drop_id") WHERE "drop_id" IS NOT NULL;
CREATE UNIQUE INDEX "project_external_id_key" ON "project"("external_id") WHERE "external_id" IS NOT NULL;
CREATE UNIQUE INDEX "pole_external_id_key" ON "pole"("external_id") WHERE "external_id" IS NOT NULL;
CREATE UNIQUE INDEX "box_external_id_key" ON "box"("external_id") WHERE "external_id" IS NOT NULL;
CREATE UNIQUE INDEX "cable_external_id_key" ON "cable"("external_id") WHERE "external_id" IS NOT NULL;
CREATE UNIQUE INDEX "client_external_id_key" ON "client"("external_id") WHERE "external_id" IS NOT NULL;
CREATE INDEX "post_open_work_idx" ON "post"("due_on", "id") WHERE "work" = 'OPEN';

-- AddForeignKey
ALTER TABLE "client" ADD CONSTRAINT "client_drop_id_fkey" FOREIGN KEY ("drop_id") REFERENCES "cable"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Words of the field for the licensing of a pole
ALTER TABLE "pole" DROP CONSTRAINT "pole_licensing_status_check";
UPDATE "pole" SET "licensing_status" = CASE "licensing_status" WHEN 'NONE' THEN 'UNKNOWN' ELSE 'PENDING' END
 WHERE "licensing_status" IN ('NONE', 'REQUESTED');
ALTER TABLE "pole" ADD CONSTRAINT "pole_licensing_status_check" CHECK ("licensing_status" IN ('UNKNOWN', 'PENDING', 'LICENSED', 'REFUSED'));

-- Checks
ALTER TABLE "box" ADD CONSTRAINT "box_ports_check" CHECK ("ports" BETWEEN 0 AND 256);
ALTER TABLE "cable" ADD CONSTRAINT "cable_tube_count_check" CHECK ("tube_count" BETWEEN 1 AND 288);
ALTER TABLE "client" DROP CONSTRAINT "client_status_check";
ALTER TABLE "client" ADD CONSTRAINT "client_status_check" CHECK ("status" IN ('PROSPECT', 'PLANNED', 'ACTIVE', 'SUSPENDED', 'CANCELLED'));
ALTER TABLE "post" ADD CONSTRAINT "post_work_check" CHECK ("work" IN ('NONE', 'OPEN', 'DONE') AND ("due_on" IS NULL OR "work" <> 'NONE'));
