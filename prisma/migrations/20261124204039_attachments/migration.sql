-- AlterTable
ALTER TABLE "notice" ADD COLUMN     "attachment_id" UUID;

-- AlterTable
ALTER TABLE "thread_message" ADD COLUMN     "attachment_id" UUID;

-- CreateTable
CREATE TABLE "attachment" (
    "id" UUID NOT NULL,
    "account_id" UUID,
    "address" TEXT,
    "update_id" BIGINT,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "width" INTEGER,
    "height" INTEGER,
    "sealed" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "used_for" TEXT,
    "used_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "attachment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "attachment_update_id_key" ON "attachment"("update_id");

-- CreateIndex
CREATE INDEX "attachment_expires_at_idx" ON "attachment"("expires_at");

-- CreateIndex
CREATE INDEX "attachment_account_id_address_used_at_idx" ON "attachment"("account_id", "address", "used_at");

-- Sealed bytes cannot be made smaller: no time is lost on trying.
ALTER TABLE "attachment" ALTER COLUMN "sealed" SET STORAGE EXTERNAL;
