-- CreateTable
CREATE TABLE "change_set" (
    "id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PREPARING',
    "job_id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "backup_name" TEXT NOT NULL,
    "backup_given_name" JSONB,
    "backup_created_at" TIMESTAMPTZ(3) NOT NULL,
    "epoch" BIGINT NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '[]',
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "applied_at" TIMESTAMPTZ(3),
    "undo_until" TIMESTAMPTZ(3),
    "undo_job_id" UUID,
    "undone_at" TIMESTAMPTZ(3),
    "undone_by_kind" TEXT,
    "undone_by_id" UUID,
    "undone_by_name" TEXT,

    CONSTRAINT "change_set_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "change_set_row" (
    "change_set_id" UUID NOT NULL,
    "n" INTEGER NOT NULL,
    "table_name" TEXT NOT NULL,
    "key" TEXT[],
    "deed" TEXT NOT NULL,
    "why" TEXT NOT NULL,
    "was" JSONB,
    "now" JSONB,

    CONSTRAINT "change_set_row_pkey" PRIMARY KEY ("change_set_id","n")
);

-- CreateIndex
CREATE INDEX "change_set_created_at_id_idx" ON "change_set"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "change_set_status_undo_until_idx" ON "change_set"("status", "undo_until");

-- AddForeignKey
ALTER TABLE "change_set_row" ADD CONSTRAINT "change_set_row_change_set_id_fkey" FOREIGN KEY ("change_set_id") REFERENCES "change_set"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "change_set" ADD CONSTRAINT "change_set_status_check" CHECK ("status" IN ('PREPARING', 'APPLIED', 'UNDONE', 'FAILED'));
ALTER TABLE "change_set" ADD CONSTRAINT "change_set_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "change_set" ADD CONSTRAINT "change_set_undone_by_check" CHECK (
  num_nulls("undone_by_kind", "undone_by_name") = 0 AND (
  "undone_by_kind" = 'PERSON' OR "undone_by_id" IS NULL
  AND ("undone_by_kind" = 'COMMAND_LINE' OR "undone_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "undone_by_name" = ''))
  OR num_nonnulls("undone_by_kind", "undone_by_id", "undone_by_name") = 0);
ALTER TABLE "change_set_row" ADD CONSTRAINT "change_set_row_deed_check" CHECK ("deed" IN ('CREATE', 'UPDATE', 'REMOVE'));
-- Files that an undo brings back are not swept.
CREATE INDEX "change_set_row_file_idx" ON "change_set_row" (("key"[1])) WHERE "table_name" = 'stored_file';
