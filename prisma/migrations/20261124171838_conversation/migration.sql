-- CreateEnum
CREATE TYPE "DataRequestKind" AS ENUM ('view', 'delete');

-- AlterEnum
ALTER TYPE "PreferenceMode" ADD VALUE 'weekly';

-- AlterTable
ALTER TABLE "guardian" ADD COLUMN     "paused_until" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "chat_step" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "trail" JSONB NOT NULL,
    "serial" INTEGER NOT NULL,
    "update_id" BIGINT NOT NULL,
    "replies" JSONB,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "chat_step_pkey" PRIMARY KEY ("account_id","address")
);

-- CreateTable
CREATE TABLE "data_request" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "kind" "DataRequestKind" NOT NULL,
    "channel" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "answer_on" DATE NOT NULL,
    "due_on" DATE NOT NULL,
    "done_at" TIMESTAMPTZ(3),
    "done_by" TEXT,

    CONSTRAINT "data_request_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "chat_step_expires_at_idx" ON "chat_step"("expires_at");

-- CreateIndex
CREATE INDEX "data_request_school_id_done_at_idx" ON "data_request"("school_id", "done_at");
