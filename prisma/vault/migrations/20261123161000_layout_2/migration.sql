-- The bytes of an archive are derived from other names since layout 2: no head of layout 1 goes with them, and no
-- SHA-256 of such an archive. Both are made again when somebody downloads it.
DELETE FROM "archive_head" WHERE "layout_version" < 2;
UPDATE "backup" SET "archive_sha256" = NULL WHERE "archive_sha256" IS NOT NULL;
