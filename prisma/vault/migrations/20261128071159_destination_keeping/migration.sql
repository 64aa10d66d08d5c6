-- AlterTable
ALTER TABLE "destination" DROP COLUMN "notified_at",
ADD COLUMN     "failing_notified_at" TIMESTAMPTZ(3),
ADD COLUMN     "lock_days" INTEGER,
ADD COLUMN     "overdue_notified_at" TIMESTAMPTZ(3),
ADD COLUMN     "prices" JSONB,
ADD COLUMN     "send_days" INTEGER[] NOT NULL DEFAULT ARRAY[]::INTEGER[],
ADD COLUMN     "send_since" TIMESTAMPTZ(3),
ADD COLUMN     "send_time" TEXT,
DROP COLUMN "unreadable",
ADD COLUMN     "unreadable" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "external_copy" ADD COLUMN     "removed_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "external_object" ADD COLUMN     "frozen_as" TEXT,
ADD COLUMN     "locked_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "external_total" (
    "destination_id" UUID NOT NULL,
    "objects" INTEGER NOT NULL,
    "bytes" BIGINT NOT NULL,
    "damaged" INTEGER NOT NULL,

    CONSTRAINT "external_total_pkey" PRIMARY KEY ("destination_id")
);

-- CreateTable
CREATE TABLE "external_day" (
    "destination_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "writes" INTEGER NOT NULL DEFAULT 0,
    "reads" INTEGER NOT NULL DEFAULT 0,
    "sent_bytes" BIGINT NOT NULL DEFAULT 0,
    "read_bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "external_day_pkey" PRIMARY KEY ("destination_id","day")
);

ALTER TABLE "destination" ADD CONSTRAINT "destination_send_check"
  CHECK ((cardinality("send_days") = 0) = ("send_time" IS NULL));
ALTER TABLE "destination" ADD CONSTRAINT "destination_lock_check" CHECK ("lock_days" >= 1);

INSERT INTO "external_total"
SELECT destination_id, count(*), coalesce(sum(bytes), 0), count(damaged_at)
  FROM "external_object" WHERE sent_at IS NOT NULL GROUP BY destination_id;

CREATE FUNCTION "keep_external_totals"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO external_total AS t (destination_id, objects, bytes, damaged)
    SELECT destination_id, -count(*), -coalesce(sum(bytes), 0), -count(damaged_at)
      FROM removed WHERE sent_at IS NOT NULL GROUP BY destination_id
    ON CONFLICT (destination_id) DO UPDATE
      SET objects = t.objects + excluded.objects, bytes = t.bytes + excluded.bytes,
          damaged = t.damaged + excluded.damaged;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO external_total AS t (destination_id, objects, bytes, damaged)
    SELECT destination_id, count(*), coalesce(sum(bytes), 0), count(damaged_at)
      FROM added WHERE sent_at IS NOT NULL GROUP BY destination_id
    ON CONFLICT (destination_id) DO UPDATE
      SET objects = t.objects + excluded.objects, bytes = t.bytes + excluded.bytes,
          damaged = t.damaged + excluded.damaged;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "external_object_inserted" AFTER INSERT ON "external_object"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "keep_external_totals"();
CREATE TRIGGER "external_object_updated" AFTER UPDATE ON "external_object"
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_external_totals"();
CREATE TRIGGER "external_object_deleted" AFTER DELETE ON "external_object"
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION "keep_external_totals"();
