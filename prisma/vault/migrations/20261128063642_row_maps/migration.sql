-- AlterTable
ALTER TABLE "chunk" ADD COLUMN     "checked_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "row_map" (
    "schema_oid" BIGINT NOT NULL,
    "object" TEXT NOT NULL,
    "backup_id" UUID NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "whole_read_at" TIMESTAMPTZ(3) NOT NULL,
    "whole_read_by" TEXT NOT NULL,

    CONSTRAINT "row_map_pkey" PRIMARY KEY ("schema_oid")
);

-- CreateTable
CREATE TABLE "row_map_trust" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "turn" INTEGER NOT NULL DEFAULT 0,
    "distrusted_at" TIMESTAMPTZ(3),
    "backup_id" UUID,
    "tables" TEXT[],

    CONSTRAINT "row_map_trust_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "row_map_object_key" ON "row_map"("object");

-- CreateIndex
CREATE INDEX "row_map_backup_id_idx" ON "row_map"("backup_id");

-- CreateIndex
CREATE INDEX "chunk_state_checked_at_idx" ON "chunk"("state", "checked_at");
