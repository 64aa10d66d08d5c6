-- AlterTable
ALTER TABLE "change_set" ADD COLUMN     "file_name" TEXT,
ALTER COLUMN "backup_id" DROP NOT NULL,
ALTER COLUMN "backup_name" SET DEFAULT '',
ALTER COLUMN "backup_created_at" DROP NOT NULL;

-- CreateTable
CREATE TABLE "import" (
    "id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'RECEIVED',
    "file_name" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "job_id" UUID,
    "scratch_schema" TEXT,
    "shape" JSONB,
    "matching" JSONB,
    "counts" JSONB NOT NULL DEFAULT '[]',
    "epoch" BIGINT,
    "change_set_id" UUID,
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "import_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_habit" (
    "shape" TEXT NOT NULL,
    "matching" JSONB NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "import_habit_pkey" PRIMARY KEY ("shape")
);

-- CreateIndex
CREATE INDEX "import_last_used_at_idx" ON "import"("last_used_at");
