-- CreateTable
CREATE TABLE "backup" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "given_name" JSONB,
    "comment" TEXT NOT NULL DEFAULT '',
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'READY',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3),
    "includes_files" BOOLEAN NOT NULL,
    "file_count" INTEGER NOT NULL,
    "file_bytes" BIGINT NOT NULL,
    "table_bytes" BIGINT NOT NULL,
    "archive_size" BIGINT NOT NULL,
    "archive_exact" BOOLEAN NOT NULL DEFAULT false,
    "archive_sha256" TEXT,
    "stored_size" BIGINT NOT NULL,
    "tables" JSONB NOT NULL,
    "not_restorable" JSONB NOT NULL DEFAULT '[]',
    "structure" JSONB NOT NULL,
    "manifest_object" TEXT NOT NULL,
    "manifest_sha256" TEXT NOT NULL,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "tested_at" TIMESTAMPTZ(3),
    "restore_seconds" DOUBLE PRECISION,
    "test_failed_at" TIMESTAMPTZ(3),
    "test_error" JSONB,
    "job_id" UUID,
    "uploaded_from" TEXT,
    "uploaded_at" TIMESTAMPTZ(3),
    "uploaded_by_kind" TEXT,
    "uploaded_by_id" UUID,
    "uploaded_by_name" TEXT,

    CONSTRAINT "backup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storage_day" (
    "day" DATE NOT NULL,
    "measured_at" TIMESTAMPTZ(3) NOT NULL,
    "free_bytes" BIGINT,
    "total_bytes" BIGINT,
    "backup_bytes" BIGINT NOT NULL,
    "post_file_bytes" BIGINT NOT NULL,
    "database_bytes" BIGINT NOT NULL,
    "level" TEXT NOT NULL,

    CONSTRAINT "storage_day_pkey" PRIMARY KEY ("day")
);

-- CreateTable
CREATE TABLE "job" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'QUEUED',
    "phase" TEXT NOT NULL DEFAULT '',
    "progress_done" BIGINT NOT NULL DEFAULT 0,
    "progress_total" BIGINT NOT NULL DEFAULT 0,
    "progress_unit" TEXT NOT NULL DEFAULT 'bytes',
    "error" JSONB,
    "input" JSONB NOT NULL,
    "result" JSONB,
    "requested_by_kind" TEXT NOT NULL,
    "requested_by_id" UUID,
    "requested_by_name" TEXT NOT NULL,
    "requested_from" TEXT NOT NULL DEFAULT '',
    "api_key_id" UUID,
    "api_key_name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "not_before" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "cancel_requested_at" TIMESTAMPTZ(3),
    "worker_id" TEXT,
    "lease_until" TIMESTAMPTZ(3),
    "fencing_token" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chunk" (
    "id" BYTEA NOT NULL,
    "generation" BIGINT NOT NULL,
    "state" TEXT NOT NULL,
    "codec" TEXT NOT NULL,
    "plain_bytes" INTEGER NOT NULL,
    "stored_bytes" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "condemned_at" TIMESTAMPTZ(3),
    "job_id" UUID NOT NULL,

    CONSTRAINT "chunk_pkey" PRIMARY KEY ("id","generation")
);

-- CreateTable
CREATE TABLE "chunk_pin" (
    "job_id" UUID NOT NULL,
    "id" BYTEA NOT NULL,
    "generation" BIGINT NOT NULL,

    CONSTRAINT "chunk_pin_pkey" PRIMARY KEY ("job_id","id","generation")
);

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
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "job_id" UUID,
    "backup_id" UUID,
    "error" JSONB,
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
    "saved_by_kind" TEXT NOT NULL,
    "saved_by_id" UUID,
    "saved_by_name" TEXT NOT NULL,
    "checked_at" TIMESTAMPTZ(3),
    "checked_by_kind" TEXT,
    "checked_by_id" UUID,
    "checked_by_name" TEXT,

    CONSTRAINT "recovery_kit_pkey" PRIMARY KEY ("server_id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "time" TEXT,
    "time_zone" TEXT,
    "default_time" TEXT,
    "default_time_zone" TEXT,
    "include_files" BOOLEAN NOT NULL DEFAULT true,
    "keep_last" INTEGER NOT NULL DEFAULT 7,
    "keep_daily" INTEGER NOT NULL DEFAULT 30,
    "keep_weekly" INTEGER NOT NULL DEFAULT 13,
    "keep_monthly" INTEGER NOT NULL DEFAULT 24,
    "owed_from" DATE NOT NULL,
    "owed_before" DATE,
    "looked_at" TIMESTAMPTZ(3),
    "last_time" TEXT NOT NULL,
    "last_time_zone" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3),
    "updated_by_kind" TEXT,
    "updated_by_id" UUID,
    "updated_by_name" TEXT,

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "night" (
    "id" UUID NOT NULL,
    "policy" TEXT NOT NULL,
    "local_date" DATE NOT NULL,
    "scheduled_for" TIMESTAMPTZ(3) NOT NULL,
    "time" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "late" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "job_id" UUID,
    "backup_id" UUID,
    "error" JSONB,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),
    "removed_by_kind" TEXT,
    "removed_by_id" UUID,
    "removed_by_name" TEXT,
    "tested_at" TIMESTAMPTZ(3),

    CONSTRAINT "night_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "restore" (
    "id" UUID NOT NULL,
    "backup_id" UUID NOT NULL,
    "backup_name" TEXT NOT NULL,
    "backup_given_name" JSONB,
    "backup_created_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "job_id" UUID NOT NULL,
    "author_kind" TEXT NOT NULL,
    "author_id" UUID,
    "author_name" TEXT NOT NULL,
    "stage_schema" TEXT NOT NULL,
    "structure" JSONB,
    "tables" JSONB,
    "missing_files" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "staged_at" TIMESTAMPTZ(3),
    "good_until" TIMESTAMPTZ(3),
    "applied_at" TIMESTAMPTZ(3),
    "applied_by_kind" TEXT,
    "applied_by_id" UUID,
    "applied_by_name" TEXT,
    "undo_until" TIMESTAMPTZ(3),
    "undone_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "restore_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "kept_plant" (
    "schema" TEXT NOT NULL,
    "restore_id" UUID NOT NULL,
    "replaced_by" TEXT NOT NULL,
    "kept_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "keep_until" TIMESTAMPTZ(3) NOT NULL,
    "safety_job_id" UUID,
    "safety_backup_id" UUID,
    "gone_at" TIMESTAMPTZ(3),

    CONSTRAINT "kept_plant_pkey" PRIMARY KEY ("schema")
);

-- CreateTable
CREATE TABLE "plant_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "epoch" BIGINT NOT NULL DEFAULT 1,
    "holder_job_id" UUID,
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "plant_state_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "password_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "address" TEXT NOT NULL DEFAULT '',
    "user_agent" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "last_four" TEXT NOT NULL,
    "owner_id" UUID NOT NULL,
    "owner_name" TEXT NOT NULL,
    "actions" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by_kind" TEXT,
    "revoked_by_id" UUID,
    "revoked_by_name" TEXT,
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_from" TEXT,

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setup_token" (
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "setup_token_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "rate_limit" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "resets_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rate_limit_pkey" PRIMARY KEY ("key")
);

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
    "updated_by_kind" TEXT,
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
    "created_by_kind" TEXT NOT NULL,
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
    "error" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" UUID,
    "actor_name" TEXT NOT NULL,
    "api_key_id" UUID,
    "api_key_name" TEXT,
    "address" TEXT NOT NULL DEFAULT '',
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL DEFAULT '',
    "target_id" TEXT NOT NULL DEFAULT '',
    "target_name" TEXT NOT NULL DEFAULT '',
    "target_given_name" JSONB,
    "outcome" TEXT NOT NULL,
    "detail" JSONB,

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "backup_manifest_object_key" ON "backup"("manifest_object");

-- CreateIndex
CREATE INDEX "backup_created_at_id_idx" ON "backup"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "backup_kind_created_at_id_idx" ON "backup"("kind", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "job_status_not_before_idx" ON "job"("status", "not_before");

-- CreateIndex
CREATE INDEX "job_created_at_id_idx" ON "job"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "chunk_state_condemned_at_idx" ON "chunk"("state", "condemned_at");

-- CreateIndex
CREATE INDEX "chunk_pin_id_generation_idx" ON "chunk_pin"("id", "generation");

-- CreateIndex
CREATE UNIQUE INDEX "archive_head_object_key" ON "archive_head"("object");

-- CreateIndex
CREATE INDEX "archive_head_status_last_used_at_idx" ON "archive_head"("status", "last_used_at");

-- CreateIndex
CREATE INDEX "upload_author_id_created_at_idx" ON "upload"("author_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "upload_status_expires_at_idx" ON "upload"("status", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "night_job_id_key" ON "night"("job_id");

-- CreateIndex
CREATE INDEX "night_scheduled_for_idx" ON "night"("scheduled_for");

-- CreateIndex
CREATE INDEX "night_backup_id_idx" ON "night"("backup_id");

-- CreateIndex
CREATE INDEX "night_status_idx" ON "night"("status");

-- CreateIndex
CREATE UNIQUE INDEX "night_policy_local_date_key" ON "night"("policy", "local_date");

-- CreateIndex
CREATE INDEX "restore_created_at_id_idx" ON "restore"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "kept_plant_restore_id_idx" ON "kept_plant"("restore_id");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_secret_hash_key" ON "api_key"("secret_hash");

-- CreateIndex
CREATE INDEX "api_key_created_at_id_idx" ON "api_key"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "api_key_owner_id_idx" ON "api_key"("owner_id");

-- CreateIndex
CREATE INDEX "notification_created_at_id_idx" ON "notification"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "notification_status_next_attempt_at_idx" ON "notification"("status", "next_attempt_at");

-- CreateIndex
CREATE UNIQUE INDEX "notification_occurrence_way_key" ON "notification"("occurrence", "way");

-- CreateIndex
CREATE INDEX "audit_event_at_id_idx" ON "audit_event"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "audit_event_target_id_idx" ON "audit_event"("target_id");

-- AddForeignKey
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_restore_id_fkey" FOREIGN KEY ("restore_id") REFERENCES "restore"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
-- What Prisma does not write: checks, sequences, a generated column, rows.

-- Names as lists are searched: without case and accents, the same on every machine. Made by lib/text/fold-sql.ts.
CREATE FUNCTION "fold_name"("name" TEXT) RETURNS TEXT
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  -- Most names end here: the rest costs four times as much.
  IF name !~ '[^ -~]|  |^ | $' THEN RETURN lower(name COLLATE "C"); END IF;
  name := regexp_replace(normalize(name, NFKD), '[\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u05c7\u0610-\u061a\u061c\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff\u0951-\u0954\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u1ab0-\u1add\u1ae0-\u1aeb\u1cd0-\u1cd2\u1cd4-\u1ce0\u1ce2-\u1ce8\u1ced\u1cf4\u1cf8-\u1cf9\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\u2de0-\u2dff\u302a-\u302d\u3099-\u309a\u3164\ua66f-\ua672\ua674-\ua67d\ua69e-\ua69f\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff0-\ufff8\U000101fd\U000102e0\U00010efa-\U00010eff\U0001133b\U0001bca0-\U0001bca3\U0001cf00-\U0001cf2d\U0001cf30-\U0001cf46\U0001d167-\U0001d169\U0001d173-\U0001d182\U0001d185-\U0001d18b\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001e08f\U000e0000-\U000e0fff]+', '', 'g');
  name := btrim(regexp_replace(lower(name COLLATE "C"), '[\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028-\u2029\u202f\u205f\u3000]+', ' ', 'g'));
  IF name !~ '[^ -~]' THEN RETURN name; END IF;
  name := translate(name, '«»ÆÐØÞðøĐđĦħıŁłŊŋŒŦŧƀƁƇƈƉƊƑƒƓƗƘƙƚƝƤƥƬƭƲƳƴƵƶǤǥȤȥȷȺȻȼȽȾɃɄɆɇɈɉɌɍɎɏɓɖɗɠɨɲʉʋʹʼΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯҐẞ‐‒–—―‘’‚‛“”„‟′−ⱥⱦ', '""ædoþdoddhhillnnœttbbccddffgikklnppttvyyzzggzzjaccltbueejjrryybddginuv''''αβγδεζηθικλμνξοπρστυφχψωσђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяґß-----''''''''""""''-at');
  IF name ~ '[\u0182\u0184\u0186\u018b\u018e-\u0190\u0194\u0196\u019c\u019f\u01a2\u01a6-\u01a7\u01a9\u01ae\u01b1\u01b7-\u01b8\u01bc\u01f6-\u01f7\u021c\u0220\u0222\u0241\u0245\u024a\u0370\u0372\u0376\u037f\u03cf\u03d8\u03da\u03dc\u03de\u03e0\u03e2\u03e4\u03e6\u03e8\u03ea\u03ec\u03ee\u03f7\u03fa\u03fd-\u03ff\u0460\u0462\u0464\u0466\u0468\u046a\u046c\u046e\u0470\u0472\u0474\u0478\u047a\u047c\u047e\u0480\u048a\u048c\u048e\u0492\u0494\u0496\u0498\u049a\u049c\u049e\u04a0\u04a2\u04a4\u04a6\u04a8\u04aa\u04ac\u04ae\u04b0\u04b2\u04b4\u04b6\u04b8\u04ba\u04bc\u04be\u04c0\u04c3\u04c5\u04c7\u04c9\u04cb\u04cd\u04d4\u04d8\u04e0\u04e8\u04f6\u04fa\u04fc\u04fe\u0500\u0502\u0504\u0506\u0508\u050a\u050c\u050e\u0510\u0512\u0514\u0516\u0518\u051a\u051c\u051e\u0520\u0522\u0524\u0526\u0528\u052a\u052c\u052e\u0531-\u0556\u10a0-\u10c5\u10c7\u10cd\u13a0-\u13f5\u1c89\u1c90-\u1cba\u1cbd-\u1cbf\u1efa\u1efc\u1efe\u2132\u2183\u2c00-\u2c2f\u2c60\u2c62-\u2c64\u2c67\u2c69\u2c6b\u2c6d-\u2c70\u2c72\u2c75\u2c7e-\u2c80\u2c82\u2c84\u2c86\u2c88\u2c8a\u2c8c\u2c8e\u2c90\u2c92\u2c94\u2c96\u2c98\u2c9a\u2c9c\u2c9e\u2ca0\u2ca2\u2ca4\u2ca6\u2ca8\u2caa\u2cac\u2cae\u2cb0\u2cb2\u2cb4\u2cb6\u2cb8\u2cba\u2cbc\u2cbe\u2cc0\u2cc2\u2cc4\u2cc6\u2cc8\u2cca\u2ccc\u2cce\u2cd0\u2cd2\u2cd4\u2cd6\u2cd8\u2cda\u2cdc\u2cde\u2ce0\u2ce2\u2ceb\u2ced\u2cf2\ua640\ua642\ua644\ua646\ua648\ua64a\ua64c\ua64e\ua650\ua652\ua654\ua656\ua658\ua65a\ua65c\ua65e\ua660\ua662\ua664\ua666\ua668\ua66a\ua66c\ua680\ua682\ua684\ua686\ua688\ua68a\ua68c\ua68e\ua690\ua692\ua694\ua696\ua698\ua69a\ua722\ua724\ua726\ua728\ua72a\ua72c\ua72e\ua732\ua734\ua736\ua738\ua73a\ua73c\ua73e\ua740\ua742\ua744\ua746\ua748\ua74a\ua74c\ua74e\ua750\ua752\ua754\ua756\ua758\ua75a\ua75c\ua75e\ua760\ua762\ua764\ua766\ua768\ua76a\ua76c\ua76e\ua779\ua77b\ua77d-\ua77e\ua780\ua782\ua784\ua786\ua78b\ua78d\ua790\ua792\ua796\ua798\ua79a\ua79c\ua79e\ua7a0\ua7a2\ua7a4\ua7a6\ua7a8\ua7aa-\ua7ae\ua7b0-\ua7b4\ua7b6\ua7b8\ua7ba\ua7bc\ua7be\ua7c0\ua7c2\ua7c4-\ua7c7\ua7c9\ua7cb-\ua7cc\ua7ce\ua7d0\ua7d2\ua7d4\ua7d6\ua7d8\ua7da\ua7dc\ua7f5\U00010400-\U00010427\U000104b0-\U000104d3\U00010570-\U0001057a\U0001057c-\U0001058a\U0001058c-\U00010592\U00010594-\U00010595\U00010c80-\U00010cb2\U00010d50-\U00010d65\U000118a0-\U000118bf\U00016e40-\U00016e5f\U00016ea0-\U00016eb8\U0001e900-\U0001e921]' THEN
    name := translate(name, 'ƂƄƆƋƎƏƐƔƖƜƟƢƦƧƩƮƱƷƸƼǶǷȜȠȢɁɅɊͰͲͶͿϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯᏰᏱᏲᏳᏴᏵᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿỺỼỾℲↃⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟋꟌ꟎Ꟑ꟒꟔ꟖꟘꟚꟜꟵ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠𐵡𐵢𐵣𐵤𐵥𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𖺠𖺡𖺢𖺣𖺤𖺥𖺦𖺧𖺨𖺩𖺪𖺫𖺬𖺭𖺮𖺯𖺰𖺱𖺲𖺳𖺴𖺵𖺶𖺷𖺸𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡', 'ƃƅɔƌǝəɛɣɩɯɵƣʀƨʃʈʊʒƹƽƕƿȝƞȣɂʌɋͱͳͷϳϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿᏸᏹᏺᏻᏼᏽᲊაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿỻỽỿⅎↄⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊɤꟍ꟏ꟑꟓꟕꟗꟙꟛƛꟶ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𐵰𐵱𐵲𐵳𐵴𐵵𐵶𐵷𐵸𐵹𐵺𐵻𐵼𐵽𐵾𐵿𐶀𐶁𐶂𐶃𐶄𐶅𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𖺻𖺼𖺽𖺾𖺿𖻀𖻁𖻂𖻃𖻄𖻅𖻆𖻇𖻈𖻉𖻊𖻋𖻌𖻍𖻎𖻏𖻐𖻑𖻒𖻓𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃');
  END IF;
  RETURN replace(replace(replace(replace(name, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
END $$;

-- Backups
ALTER TABLE "backup" ADD COLUMN "search" TEXT GENERATED ALWAYS AS (
  "fold_name"("name" COLLATE "C") || E'\n' || "fold_name"("comment" COLLATE "C") || E'\n' ||
  "fold_name"("author_name" COLLATE "C")) STORED;
ALTER TABLE "backup" ADD CONSTRAINT "backup_kind_check" CHECK ("kind" IN ('MANUAL', 'AUTOMATIC', 'SAFETY', 'UPLOADED'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_status_check" CHECK ("status" IN ('READY', 'DELETING'));
ALTER TABLE "backup" ADD CONSTRAINT "backup_given_name_check" CHECK ("kind" <> 'MANUAL' OR "given_name" IS NULL);
ALTER TABLE "backup" ADD CONSTRAINT "backup_test_failed_check"
  CHECK (("test_failed_at" IS NULL) = ("test_error" IS NULL));
ALTER TABLE "backup" ADD CONSTRAINT "backup_tested_check"
  CHECK ("restore_seconds" IS NULL OR "tested_at" IS NOT NULL);
ALTER TABLE "storage_day" ADD CONSTRAINT "storage_day_level_check" CHECK ("level" IN ('OK', 'LOW', 'FULL'));

-- Jobs
ALTER TABLE "job" ADD CONSTRAINT "job_status_check" CHECK ("status" IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'));
ALTER TABLE "job" ADD CONSTRAINT "job_ended_check" CHECK (("status" IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) = ("ended_at" IS NOT NULL));

-- Chunks. DAMAGED: found missing or altered, so that no new backup relies on it. Two jobs may write the same
-- bytes at the same time: each generation is whole, and each backup names its own.
ALTER TABLE "chunk" ADD CONSTRAINT "chunk_state_check" CHECK ("state" IN ('WRITING', 'STORED', 'CONDEMNED', 'DAMAGED'));
CREATE SEQUENCE "chunk_generation" AS bigint;

-- Archives
ALTER TABLE "archive_head" ADD CONSTRAINT "archive_head_status_check" CHECK ("status" IN ('READY', 'GONE'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_status_check" CHECK ("status" IN ('RECEIVING', 'CHECKING', 'DONE', 'REFUSED', 'FAILED', 'CANCELLED', 'EXPIRED'));
ALTER TABLE "upload" ADD CONSTRAINT "upload_size_check" CHECK ("size" > 0);
-- Names what one attempt writes into the store, where the fencing token of its job could name another job's:
-- above every such token.
CREATE SEQUENCE "attempt" AS bigint START 1000000;

-- Schedule and nights
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_one_row_check" CHECK ("id" = 1);
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_keep_check" CHECK ("keep_last" >= 1 AND "keep_daily" >= 0 AND "keep_weekly" >= 0 AND "keep_monthly" >= 0);
ALTER TABLE "night" ADD CONSTRAINT "night_status_check" CHECK ("status" IN ('WAITING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'MISSED'));
ALTER TABLE "night" ADD CONSTRAINT "night_waiting_check" CHECK (("status" = 'WAITING') = ("next_attempt_at" IS NOT NULL));

-- Restores
ALTER TABLE "restore" ADD CONSTRAINT "restore_status_check" CHECK ("status" IN ('STAGING', 'STAGED', 'APPLIED', 'UNDONE', 'DISCARDED', 'FAILED'));
ALTER TABLE "kept_plant" ADD CONSTRAINT "kept_plant_replaced_by_check" CHECK ("replaced_by" IN ('APPLY', 'UNDO'));
ALTER TABLE "plant_state" ADD CONSTRAINT "plant_state_one_row_check" CHECK ("id" = 1);
INSERT INTO "plant_state" ("id") VALUES (1);

-- Notifications
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_one_row_check" CHECK ("id" = 1);
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_mail_check" CHECK (
  num_nulls("mail_host", "mail_port", "mail_security", "mail_from") IN (0, 4)
  AND ("mail_host" IS NOT NULL OR num_nonnulls("mail_user", "mail_password") = 0)
  AND ("mail_password" IS NULL OR "mail_user" IS NOT NULL));
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_security_check" CHECK ("mail_security" IN ('TLS', 'STARTTLS', 'NONE'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_channel_check" CHECK ("channel" IN ('EMAIL', 'WEBHOOK'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_status_check" CHECK ("status" IN ('PENDING', 'DELIVERED', 'FAILED'));
ALTER TABLE "notification" ADD CONSTRAINT "notification_pending_check" CHECK (("status" = 'PENDING') = ("next_attempt_at" IS NOT NULL) AND ("status" = 'PENDING') = ("ended_at" IS NULL));

-- Audit log
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_outcome_check" CHECK ("outcome" IN ('DONE', 'REFUSED', 'FAILED'));
-- What a search of the log looks in, made once for each event and not at each search.
ALTER TABLE "audit_event" ADD COLUMN "search" TEXT GENERATED ALWAYS AS (
  "fold_name"("actor_name" COLLATE "C") || E'\n' || "fold_name"("action" COLLATE "C") || E'\n' ||
  "fold_name"("target_name" COLLATE "C")) STORED;

-- Who did something: only a person has an id, and the server and its environment have no name.
ALTER TABLE "backup" ADD CONSTRAINT "backup_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "backup" ADD CONSTRAINT "backup_uploaded_by_check" CHECK (
  num_nulls("uploaded_by_kind", "uploaded_by_name") = 0 AND (
  "uploaded_by_kind" = 'PERSON' OR "uploaded_by_id" IS NULL
  AND ("uploaded_by_kind" = 'COMMAND_LINE' OR "uploaded_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "uploaded_by_name" = ''))
  OR num_nonnulls("uploaded_by_kind", "uploaded_by_id", "uploaded_by_name") = 0);
ALTER TABLE "job" ADD CONSTRAINT "job_requested_by_check" CHECK (
  "requested_by_kind" = 'PERSON' OR "requested_by_id" IS NULL
  AND ("requested_by_kind" = 'COMMAND_LINE' OR "requested_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "requested_by_name" = ''));
ALTER TABLE "upload" ADD CONSTRAINT "upload_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "recovery_kit" ADD CONSTRAINT "recovery_kit_saved_by_check" CHECK (
  "saved_by_kind" = 'PERSON' OR "saved_by_id" IS NULL
  AND ("saved_by_kind" = 'COMMAND_LINE' OR "saved_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "saved_by_name" = ''));
ALTER TABLE "recovery_kit" ADD CONSTRAINT "recovery_kit_checked_by_check" CHECK (
  num_nulls("checked_by_kind", "checked_by_name") = 0 AND (
  "checked_by_kind" = 'PERSON' OR "checked_by_id" IS NULL
  AND ("checked_by_kind" = 'COMMAND_LINE' OR "checked_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "checked_by_name" = ''))
  OR num_nonnulls("checked_by_kind", "checked_by_id", "checked_by_name") = 0);
ALTER TABLE "schedule" ADD CONSTRAINT "schedule_updated_by_check" CHECK (
  num_nulls("updated_by_kind", "updated_by_name") = 0 AND (
  "updated_by_kind" = 'PERSON' OR "updated_by_id" IS NULL
  AND ("updated_by_kind" = 'COMMAND_LINE' OR "updated_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "updated_by_name" = ''))
  OR num_nonnulls("updated_by_kind", "updated_by_id", "updated_by_name") = 0);
ALTER TABLE "night" ADD CONSTRAINT "night_removed_by_check" CHECK (
  num_nulls("removed_by_kind", "removed_by_name") = 0 AND (
  "removed_by_kind" = 'PERSON' OR "removed_by_id" IS NULL
  AND ("removed_by_kind" = 'COMMAND_LINE' OR "removed_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "removed_by_name" = ''))
  OR num_nonnulls("removed_by_kind", "removed_by_id", "removed_by_name") = 0);
ALTER TABLE "restore" ADD CONSTRAINT "restore_author_check" CHECK (
  "author_kind" = 'PERSON' OR "author_id" IS NULL
  AND ("author_kind" = 'COMMAND_LINE' OR "author_kind" IN ('ENVIRONMENT', 'SERVER') AND "author_name" = ''));
ALTER TABLE "restore" ADD CONSTRAINT "restore_applied_by_check" CHECK (
  num_nulls("applied_by_kind", "applied_by_name") = 0 AND (
  "applied_by_kind" = 'PERSON' OR "applied_by_id" IS NULL
  AND ("applied_by_kind" = 'COMMAND_LINE' OR "applied_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "applied_by_name" = ''))
  OR num_nonnulls("applied_by_kind", "applied_by_id", "applied_by_name") = 0);
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_revoked_by_check" CHECK (
  num_nulls("revoked_by_kind", "revoked_by_name") = 0 AND (
  "revoked_by_kind" = 'PERSON' OR "revoked_by_id" IS NULL
  AND ("revoked_by_kind" = 'COMMAND_LINE' OR "revoked_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "revoked_by_name" = ''))
  OR num_nonnulls("revoked_by_kind", "revoked_by_id", "revoked_by_name") = 0);
ALTER TABLE "notification_settings" ADD CONSTRAINT "notification_settings_updated_by_check" CHECK (
  num_nulls("updated_by_kind", "updated_by_name") = 0 AND (
  "updated_by_kind" = 'PERSON' OR "updated_by_id" IS NULL
  AND ("updated_by_kind" = 'COMMAND_LINE' OR "updated_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "updated_by_name" = ''))
  OR num_nonnulls("updated_by_kind", "updated_by_id", "updated_by_name") = 0);
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_created_by_check" CHECK (
  "created_by_kind" = 'PERSON' OR "created_by_id" IS NULL
  AND ("created_by_kind" = 'COMMAND_LINE' OR "created_by_kind" IN ('ENVIRONMENT', 'SERVER') AND "created_by_name" = ''));
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_actor_check" CHECK (
  "actor_kind" = 'PERSON' OR "actor_id" IS NULL
  AND ("actor_kind" = 'COMMAND_LINE' OR "actor_kind" IN ('ENVIRONMENT', 'SERVER') AND "actor_name" = ''));
