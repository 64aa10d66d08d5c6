-- AlterTable
ALTER TABLE "job" ADD COLUMN     "lane" TEXT;

-- AlterTable
ALTER TABLE "destination" DROP COLUMN "job_id";

-- Of the jobs of one lane one runs at a time.
CREATE UNIQUE INDEX "job_lane_running" ON "job"("lane") WHERE "status" = 'RUNNING';
