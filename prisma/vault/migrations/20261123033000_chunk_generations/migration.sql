-- Two jobs may write the same bytes at the same time: each generation is whole, and each backup names its own.
DROP INDEX "chunk_stored_key";

-- DAMAGED: found missing or altered, so that no new backup relies on it.
ALTER TABLE "chunk" DROP CONSTRAINT "chunk_state_check";
ALTER TABLE "chunk" ADD CONSTRAINT "chunk_state_check" CHECK ("state" IN ('WRITING', 'STORED', 'CONDEMNED', 'DAMAGED'));
