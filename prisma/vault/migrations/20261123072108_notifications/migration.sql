-- CreateTable
CREATE TABLE "notification_settings" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "events" TEXT[],
    "locale" TEXT NOT NULL,
    "mail_host" TEXT,
    "mail_port" INTEGER,
    "mail_security" TEXT,
    "mail_user" TEXT,
    "mail_password" BYTEA,
    "mail_from" TEXT,
    "mail_to" TEXT[],
    "updated_at" TIMESTAMPTZ(3),
    "updated_by_id" UUID,
    "updated_by_name" TEXT,

    CONSTRAINT "notification_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by_id" UUID,
    "created_by_name" TEXT NOT NULL,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "occurrence" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "notification_created_at_id_idx" ON "notification"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "notification_status_next_attempt_at_idx" ON "notification"("status", "next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "notification_occurrence_way_key" ON "notification"("occurrence", "way");

-- Checks that Prisma does not write
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_one_row_check" CHECK ("id" = 1);
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_mail_check" CHECK (
  num_nulls("mail_host", "mail_port", "mail_security", "mail_from") IN (0, 4)
  AND ("mail_host" IS NOT NULL OR num_nonnulls("mail_user", "mail_password") = 0)
  AND ("mail_password" IS NULL OR "mail_user" IS NOT NULL));
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_security_check" CHECK ("mail_security" IN ('TLS', 'STARTTLS', 'NONE'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_channel_check" CHECK ("channel" IN ('EMAIL', 'WEBHOOK'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_status_check" CHECK ("status" IN ('PENDING', 'DELIVERED', 'FAILED'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_pending_check" CHECK (("status" = 'PENDING') = ("next_attempt_at" IS NOT NULL) AND ("status" = 'PENDING') = ("ended_at" IS NULL));
