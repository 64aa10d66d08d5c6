-- AlterTable
ALTER TABLE "backup" ADD COLUMN     "anomaly" JSONB,
ADD COLUMN     "anomaly_seen_at" TIMESTAMPTZ(3),
ADD COLUMN     "changes_since" UUID;

ALTER TABLE "backup" ADD CONSTRAINT "backup_changes_check" CHECK (("changes" IS NULL) = ("changes_since" IS NULL));
ALTER TABLE "backup" ADD CONSTRAINT "backup_anomaly_check"
  CHECK (("anomaly" IS NULL OR "changes" IS NOT NULL) AND ("anomaly_seen_at" IS NULL OR "anomaly" IS NOT NULL));
