-- CreateTable
CREATE TABLE "digest_item" (
    "recipient_id" BIGINT NOT NULL,
    "school_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "digest_recipient_id" BIGINT,

    CONSTRAINT "digest_item_pkey" PRIMARY KEY ("recipient_id")
);

-- CreateIndex
CREATE INDEX "digest_item_due_at_idx" ON "digest_item"("due_at");

-- CreateIndex
CREATE INDEX "digest_item_digest_recipient_id_idx" ON "digest_item"("digest_recipient_id");
