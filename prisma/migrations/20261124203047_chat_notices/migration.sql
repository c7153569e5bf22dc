-- CreateTable
CREATE TABLE "chat_notice" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "update_id" BIGINT NOT NULL,
    "title" TEXT NOT NULL,
    "scope" JSONB NOT NULL,
    "draft" JSONB NOT NULL,
    "asks_to_confirm" BOOLEAN NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "ended" TEXT,
    "notice_id" UUID,
    "message_id" TEXT,
    "shown" TEXT,
    "look_at" TIMESTAMPTZ(3),
    "reminders" SMALLINT NOT NULL DEFAULT 0,
    "reminded_at" TIMESTAMPTZ(3),

    CONSTRAINT "chat_notice_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "chat_notice_update_id_key" ON "chat_notice"("update_id");

-- CreateIndex
CREATE UNIQUE INDEX "chat_notice_notice_id_key" ON "chat_notice"("notice_id");

-- CreateIndex
CREATE INDEX "chat_notice_staff_id_due_at_idx" ON "chat_notice"("staff_id", "due_at");

-- CreateIndex
CREATE INDEX "chat_notice_look_at_idx" ON "chat_notice"("look_at");
