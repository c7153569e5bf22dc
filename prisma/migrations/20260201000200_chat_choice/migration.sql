-- CreateTable
CREATE TABLE "chat_choice" (
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "number" SMALLINT NOT NULL,
    "serial" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "offered_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "chat_choice_pkey" PRIMARY KEY ("account_id","address","number")
);
