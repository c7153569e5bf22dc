-- AlterTable
ALTER TABLE "channel_account" ADD COLUMN     "stopped_told" TEXT,
ALTER COLUMN "per_second" SET DATA TYPE DOUBLE PRECISION;

-- CreateTable
CREATE TABLE "oa_token" (
    "account_id" UUID NOT NULL,
    "sealed_pair" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "asked_at" TIMESTAMPTZ(3),
    "refused_at" TIMESTAMPTZ(3),

    CONSTRAINT "oa_token_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "oa_user" (
    "account_id" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "interacted_at" TIMESTAMPTZ(3),
    "asked_at" TIMESTAMPTZ(3),
    "prompted_at" TIMESTAMPTZ(3),

    CONSTRAINT "oa_user_pkey" PRIMARY KEY ("account_id","user_id")
);

-- CreateTable
CREATE TABLE "oa_spending" (
    "account_id" UUID NOT NULL,
    "month" TEXT NOT NULL,
    "dong" INTEGER NOT NULL,

    CONSTRAINT "oa_spending_pkey" PRIMARY KEY ("account_id","month")
);

-- CreateTable
CREATE TABLE "oa_quota" (
    "account_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "remain" INTEGER,
    "total" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oa_quota_pkey" PRIMARY KEY ("account_id","name")
);

-- CreateTable
CREATE TABLE "class_group" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "class_id" UUID NOT NULL,
    "group_id" TEXT NOT NULL,
    "stopped_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "class_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_post" (
    "notice_id" UUID NOT NULL,
    "class_group_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT,
    "provider_id" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "group_post_pkey" PRIMARY KEY ("notice_id","class_group_id")
);

-- CreateIndex
CREATE INDEX "class_group_class_id_idx" ON "class_group"("class_id");

-- CreateIndex
CREATE UNIQUE INDEX "class_group_account_id_group_id_key" ON "class_group"("account_id", "group_id");

-- CreateIndex
CREATE UNIQUE INDEX "notice_id_kind_key" ON "notice"("id", "kind");

-- AddForeignKey
ALTER TABLE "group_post" ADD CONSTRAINT "group_post_class_group_id_fkey" FOREIGN KEY ("class_group_id") REFERENCES "class_group"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_post" ADD CONSTRAINT "group_post_notice_id_kind_fkey" FOREIGN KEY ("notice_id", "kind") REFERENCES "notice"("id", "kind") ON DELETE RESTRICT ON UPDATE RESTRICT;


-- Written by hand: what a Prisma schema cannot say.

-- Whatever a program says: only a notice of this kind comes into a group.
ALTER TABLE "group_post" ADD CONSTRAINT "group_post_kind" CHECK ("kind" = 'classNotice'),
  ADD CONSTRAINT "group_post_state" CHECK ("state" IN ('pending', 'sending', 'sent', 'failed', 'unknown'));

-- Zalo's receipts name our messages by its ids. No other channel's rows stand in this index.
CREATE INDEX "delivery_oa_provider" ON "delivery" ("account_id", "provider_id")
  WHERE "channel" = 'zalo-oa' AND "provider_id" IS NOT NULL;
