-- CreateTable
CREATE TABLE "user_account" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "locale" TEXT,
    "role_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "actions" TEXT[],
    "built_in" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pole" (
    "id" UUID NOT NULL,
    "project_id" UUID,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "type" TEXT NOT NULL DEFAULT '',
    "address" TEXT NOT NULL DEFAULT '',
    "licensing_status" TEXT NOT NULL DEFAULT 'NONE',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "pole_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "box" (
    "id" UUID NOT NULL,
    "project_id" UUID,
    "pole_id" UUID,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "level" INTEGER NOT NULL DEFAULT 1,
    "type" TEXT NOT NULL DEFAULT 'SPLICE',
    "template" TEXT NOT NULL DEFAULT '',
    "deployment_status" TEXT NOT NULL DEFAULT 'PLANNED',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "box_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "cable" (
    "id" UUID NOT NULL,
    "project_id" UUID,
    "name" TEXT NOT NULL,
    "from_box_id" UUID,
    "to_box_id" UUID,
    "type" TEXT NOT NULL DEFAULT 'DISTRIBUTION',
    "fiber_count" INTEGER NOT NULL DEFAULT 12,
    "length_meters" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "path" JSONB NOT NULL DEFAULT '[]',
    "deployment_status" TEXT NOT NULL DEFAULT 'PLANNED',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "cable_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "client" (
    "id" UUID NOT NULL,
    "project_id" UUID,
    "box_id" UUID,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION NOT NULL,
    "lng" DOUBLE PRECISION NOT NULL,
    "address" TEXT NOT NULL DEFAULT '',
    "plan" TEXT NOT NULL DEFAULT '',
    "port" INTEGER,
    "status" TEXT NOT NULL DEFAULT 'ACTIVE',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "post" (
    "id" UUID NOT NULL,
    "project_id" UUID,
    "pole_id" UUID,
    "box_id" UUID,
    "cable_id" UUID,
    "client_id" UUID,
    "title" TEXT NOT NULL,
    "observation" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "post_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stored_file" (
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stored_file_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "post_file" (
    "id" UUID NOT NULL,
    "post_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,

    CONSTRAINT "post_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tag" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "color" TEXT NOT NULL DEFAULT '#64748b',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" UUID,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "tag_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "project_tag" (
    "project_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "project_tag_pkey" PRIMARY KEY ("project_id","tag_id")
);

-- CreateTable
CREATE TABLE "pole_tag" (
    "pole_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "pole_tag_pkey" PRIMARY KEY ("pole_id","tag_id")
);

-- CreateTable
CREATE TABLE "box_tag" (
    "box_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "box_tag_pkey" PRIMARY KEY ("box_id","tag_id")
);

-- CreateTable
CREATE TABLE "cable_tag" (
    "cable_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "cable_tag_pkey" PRIMARY KEY ("cable_id","tag_id")
);

-- CreateTable
CREATE TABLE "client_tag" (
    "client_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "client_tag_pkey" PRIMARY KEY ("client_id","tag_id")
);

-- CreateTable
CREATE TABLE "post_tag" (
    "post_id" UUID NOT NULL,
    "tag_id" UUID NOT NULL,

    CONSTRAINT "post_tag_pkey" PRIMARY KEY ("post_id","tag_id")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" UUID,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account"("email");

-- CreateIndex
CREATE INDEX "user_account_role_id_idx" ON "user_account"("role_id");

-- CreateIndex
CREATE UNIQUE INDEX "role_name_key" ON "role"("name");

-- CreateIndex
CREATE INDEX "box_pole_id_idx" ON "box"("pole_id");

-- CreateIndex
CREATE INDEX "cable_from_box_id_idx" ON "cable"("from_box_id");

-- CreateIndex
CREATE INDEX "cable_to_box_id_idx" ON "cable"("to_box_id");

-- CreateIndex
CREATE INDEX "client_box_id_idx" ON "client"("box_id");

-- CreateIndex
CREATE INDEX "post_file_post_id_idx" ON "post_file"("post_id");

-- CreateIndex
CREATE INDEX "post_file_sha256_idx" ON "post_file"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "tag_name_key" ON "tag"("name");

-- CreateIndex
CREATE INDEX "project_tag_tag_id_idx" ON "project_tag"("tag_id");

-- CreateIndex
CREATE INDEX "pole_tag_tag_id_idx" ON "pole_tag"("tag_id");

-- CreateIndex
CREATE INDEX "box_tag_tag_id_idx" ON "box_tag"("tag_id");

-- CreateIndex
CREATE INDEX "cable_tag_tag_id_idx" ON "cable_tag"("tag_id");

-- CreateIndex
CREATE INDEX "client_tag_tag_id_idx" ON "client_tag"("tag_id");

-- CreateIndex
CREATE INDEX "post_tag_tag_id_idx" ON "post_tag"("tag_id");

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pole" ADD CONSTRAINT "pole_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "box" ADD CONSTRAINT "box_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "box" ADD CONSTRAINT "box_pole_id_fkey" FOREIGN KEY ("pole_id") REFERENCES "pole"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cable" ADD CONSTRAINT "cable_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cable" ADD CONSTRAINT "cable_from_box_id_fkey" FOREIGN KEY ("from_box_id") REFERENCES "box"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cable" ADD CONSTRAINT "cable_to_box_id_fkey" FOREIGN KEY ("to_box_id") REFERENCES "box"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "client" ADD CONSTRAINT "client_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "client" ADD CONSTRAINT "client_box_id_fkey" FOREIGN KEY ("box_id") REFERENCES "box"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_pole_id_fkey" FOREIGN KEY ("pole_id") REFERENCES "pole"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_box_id_fkey" FOREIGN KEY ("box_id") REFERENCES "box"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_cable_id_fkey" FOREIGN KEY ("cable_id") REFERENCES "cable"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_file" ADD CONSTRAINT "post_file_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_file" ADD CONSTRAINT "post_file_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "stored_file"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_tag" ADD CONSTRAINT "project_tag_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project_tag" ADD CONSTRAINT "project_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pole_tag" ADD CONSTRAINT "pole_tag_pole_id_fkey" FOREIGN KEY ("pole_id") REFERENCES "pole"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pole_tag" ADD CONSTRAINT "pole_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "box_tag" ADD CONSTRAINT "box_tag_box_id_fkey" FOREIGN KEY ("box_id") REFERENCES "box"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "box_tag" ADD CONSTRAINT "box_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cable_tag" ADD CONSTRAINT "cable_tag_cable_id_fkey" FOREIGN KEY ("cable_id") REFERENCES "cable"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "cable_tag" ADD CONSTRAINT "cable_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "client_tag" ADD CONSTRAINT "client_tag_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "client_tag" ADD CONSTRAINT "client_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_tag" ADD CONSTRAINT "post_tag_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_tag" ADD CONSTRAINT "post_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Checks (text with a CHECK instead of enum types, whose cached plans fail after the swap)
ALTER TABLE "pole" ADD CONSTRAINT "pole_position_check" CHECK ("lat" BETWEEN -90 AND 90 AND "lng" BETWEEN -180 AND 180);
ALTER TABLE "pole" ADD CONSTRAINT "pole_licensing_status_check" CHECK ("licensing_status" IN ('NONE', 'REQUESTED', 'LICENSED', 'REFUSED'));
ALTER TABLE "box" ADD CONSTRAINT "box_position_check" CHECK ("lat" BETWEEN -90 AND 90 AND "lng" BETWEEN -180 AND 180);
ALTER TABLE "box" ADD CONSTRAINT "box_type_check" CHECK ("type" IN ('SPLICE', 'TERMINATION', 'DISTRIBUTION'));
ALTER TABLE "box" ADD CONSTRAINT "box_level_check" CHECK ("level" BETWEEN 1 AND 9);
ALTER TABLE "box" ADD CONSTRAINT "box_deployment_status_check" CHECK ("deployment_status" IN ('PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED'));
ALTER TABLE "cable" ADD CONSTRAINT "cable_type_check" CHECK ("type" IN ('BACKBONE', 'DISTRIBUTION', 'DROP'));
ALTER TABLE "cable" ADD CONSTRAINT "cable_fiber_count_check" CHECK ("fiber_count" BETWEEN 1 AND 3456);
ALTER TABLE "cable" ADD CONSTRAINT "cable_length_meters_check" CHECK ("length_meters" >= 0);
ALTER TABLE "cable" ADD CONSTRAINT "cable_path_check" CHECK (jsonb_typeof("path") = 'array');
ALTER TABLE "cable" ADD CONSTRAINT "cable_deployment_status_check" CHECK ("deployment_status" IN ('PLANNED', 'DEPLOYED', 'CERTIFIED', 'REMOVED'));
ALTER TABLE "client" ADD CONSTRAINT "client_position_check" CHECK ("lat" BETWEEN -90 AND 90 AND "lng" BETWEEN -180 AND 180);
ALTER TABLE "client" ADD CONSTRAINT "client_status_check" CHECK ("status" IN ('PLANNED', 'ACTIVE', 'SUSPENDED', 'CANCELLED'));
ALTER TABLE "client" ADD CONSTRAINT "client_port_check" CHECK ("port" IS NULL OR "port" BETWEEN 1 AND 256);
ALTER TABLE "post" ADD CONSTRAINT "post_one_element_check" CHECK (num_nonnulls("project_id", "pole_id", "box_id", "cable_id", "client_id") = 1);
ALTER TABLE "stored_file" ADD CONSTRAINT "stored_file_sha256_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$');
ALTER TABLE "stored_file" ADD CONSTRAINT "stored_file_bytes_check" CHECK ("bytes" >= 0);
ALTER TABLE "tag" ADD CONSTRAINT "tag_color_check" CHECK ("color" ~ '^#[0-9a-f]{6}$');

-- Lists by name, without case and accents and the same on every machine (collation C), with prefix
-- search on the same index. Then the posts of one element, newest first.
CREATE INDEX "project_name_key_idx" ON "project" ((translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "pole_name_key_idx" ON "pole" ((translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "pole_project_name_key_idx" ON "pole" ("project_id", (translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "box_name_key_idx" ON "box" ((translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "box_project_name_key_idx" ON "box" ("project_id", (translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "cable_name_key_idx" ON "cable" ((translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "cable_project_name_key_idx" ON "cable" ("project_id", (translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "client_name_key_idx" ON "client" ((translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "client_project_name_key_idx" ON "client" ("project_id", (translate(lower("name" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "post_title_key_idx" ON "post" ((translate(lower("title" COLLATE "C"), 'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy')), "id");
CREATE INDEX "post_project_id_idx" ON "post" ("project_id", "id" DESC) WHERE "project_id" IS NOT NULL;
CREATE INDEX "post_pole_id_idx" ON "post" ("pole_id", "id" DESC) WHERE "pole_id" IS NOT NULL;
CREATE INDEX "post_box_id_idx" ON "post" ("box_id", "id" DESC) WHERE "box_id" IS NOT NULL;
CREATE INDEX "post_cable_id_idx" ON "post" ("cable_id", "id" DESC) WHERE "cable_id" IS NOT NULL;
CREATE INDEX "post_client_id_idx" ON "post" ("client_id", "id" DESC) WHERE "client_id" IS NOT NULL;
