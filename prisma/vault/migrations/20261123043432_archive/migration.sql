-- AlterTable
ALTER TABLE "backup" ADD COLUMN     "archive_sha256" TEXT,
ADD COLUMN     "uploaded_at" TIMESTAMPTZ(3),
ADD COLUMN     "uploaded_by_id" UUID,
ADD COLUMN     "uploaded_by_name" TEXT,
ADD COLUMN     "uploaded_from" TEXT;

-- CreateTable
CREATE TABLE "archive_head" (
    "backup_id" UUID NOT NULL,
    "object" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "layout_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "archive_head_pkey" PRIMARY KEY ("backup_id")
);

-- CreateTable
CREATE TABLE "upload" (
    "id" UUID NOT NULL,
    "file_name" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RECEIVING',
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "job_id" UUID,
    "backup_id" UUID,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recovery_kit" (
    "server_id" UUID NOT NULL,
    "saved_at" TIMESTAMPTZ(3) NOT NULL,
    "saved_by_id" UUID,
    "saved_by_name" TEXT NOT NULL,
    "proven_at" TIMESTAMPTZ(3),
    "proven_by_id" UUID,
    "proven_by_name" TEXT,

    CONSTRAINT "recovery_kit_pkey" PRIMARY KEY ("server_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "archive_head_object_key" ON "archive_head"("object");

-- CreateIndex
CREATE INDEX "archive_head_status_last_used_at_idx" ON "archive_head"("status", "last_used_at");

-- CreateIndex
CREATE INDEX "upload_author_id_created_at_idx" ON "upload"("author_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "upload_status_expires_at_idx" ON "upload"("status", "expires_at");

-- Checks and a sequence that Prisma does not write
ALTER TABLE "archive_head" ADD CONSTRAINT "archive_head_status_check" CHECK ("status" IN ('READY', 'GONE'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_status_check" CHECK ("status" IN ('RECEIVING', 'CHECKING', 'DONE', 'REFUSED', 'FAILED', 'CANCELLED', 'EXPIRED'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_size_check" CHECK ("size" > 0);
-- Names what one attempt writes into the store, where the fencing token of its job could name another job's:
-- above every such token.
CREATE SEQUENCE "attempt" AS bigint START 1000000;
