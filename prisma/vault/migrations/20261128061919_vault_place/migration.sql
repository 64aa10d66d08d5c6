-- CreateTable
CREATE TABLE "vault_place" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "vault_id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "url" TEXT NOT NULL,

    CONSTRAINT "vault_place_pkey" PRIMARY KEY ("id")
);
