-- CreateTable
CREATE TABLE "channel_user" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "channel_user_pkey" PRIMARY KEY ("account_id","address")
);

-- CreateTable
CREATE TABLE "channel_month" (
    "account_id" UUID NOT NULL,
    "month" TEXT NOT NULL,
    "messages" INTEGER NOT NULL,

    CONSTRAINT "channel_month_pkey" PRIMARY KEY ("account_id","month")
);

-- CreateTable
CREATE TABLE "shown_picture" (
    "id" TEXT NOT NULL,
    "png" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shown_picture_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "shown_picture_expires_at_idx" ON "shown_picture"("expires_at");
