-- CreateTable
CREATE TABLE "oa_charge" (
    "account_id" UUID NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "dong" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oa_charge_pkey" PRIMARY KEY ("account_id","delivery_id","part")
);

-- CreateTable
CREATE TABLE "oa_request" (
    "account_id" UUID NOT NULL,
    "place" INTEGER NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oa_request_pkey" PRIMARY KEY ("account_id","place")
);

-- CreateIndex
CREATE INDEX "oa_request_account_id_taken_at_idx" ON "oa_request"("account_id", "taken_at");
