-- CreateEnum
CREATE TYPE "BillKind" AS ENUM ('compulsory', 'service', 'voluntary');

-- AlterTable
ALTER TABLE "recipient" ADD COLUMN     "withdrawn" TEXT;

-- CreateTable
CREATE TABLE "fee_item" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "kind" "BillKind" NOT NULL,
    "legal_basis" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,

    CONSTRAINT "fee_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "receiving_account" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "kind" "BillKind",
    "bank_bin" TEXT NOT NULL,
    "account_no" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "receiving_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fee_rule" (
    "school_id" UUID NOT NULL,
    "kind" "BillKind" NOT NULL,
    "days" INTEGER[],

    CONSTRAINT "fee_rule_pkey" PRIMARY KEY ("school_id","kind")
);

-- CreateTable
CREATE TABLE "bill" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "class_id" UUID NOT NULL,
    "item_id" UUID NOT NULL,
    "period" TEXT NOT NULL,
    "period_key" TEXT NOT NULL,
    "amount" INTEGER NOT NULL,
    "due_on" DATE,
    "account_id" UUID,
    "code" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "paid" BIGINT NOT NULL DEFAULT 0,
    "step" SMALLINT NOT NULL DEFAULT 0,
    "next_on" DATE,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "claimed_at" TIMESTAMPTZ(3),
    "news" TEXT,

    CONSTRAINT "bill_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bill_claim" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "bill_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "bill_claim_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bill_told" (
    "bill_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "recipient_id" BIGINT NOT NULL,
    "step" SMALLINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "bill_told_pkey" PRIMARY KEY ("bill_id","recipient_id")
);

-- CreateTable
CREATE TABLE "fee_day" (
    "guardian_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "recipient_id" BIGINT NOT NULL,

    CONSTRAINT "fee_day_pkey" PRIMARY KEY ("guardian_id","day")
);

-- CreateTable
CREATE TABLE "bank_connection" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "proof" TEXT NOT NULL,
    "sealed_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "bank_connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bank_event" (
    "id" BIGSERIAL NOT NULL,
    "school_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "handled_at" TIMESTAMPTZ(3),

    CONSTRAINT "bank_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "payment" (
    "id" BIGSERIAL NOT NULL,
    "school_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "account_no" TEXT NOT NULL,
    "amount" BIGINT NOT NULL,
    "memo" TEXT NOT NULL,
    "memo_key" TEXT NOT NULL,
    "bank_ref" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "day" DATE NOT NULL,
    "place" TEXT NOT NULL,
    "bill_id" UUID,
    "outcome" TEXT NOT NULL,
    "placed_by" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "also_from" TEXT,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "statement_mapping" (
    "school_id" UUID NOT NULL,
    "header_key" TEXT NOT NULL,
    "columns" JSONB NOT NULL,

    CONSTRAINT "statement_mapping_pkey" PRIMARY KEY ("school_id","header_key")
);

-- CreateIndex
CREATE UNIQUE INDEX "fee_item_school_id_name_key_key" ON "fee_item"("school_id", "name_key");

-- CreateIndex
CREATE INDEX "receiving_account_school_id_idx" ON "receiving_account"("school_id");

-- CreateIndex
CREATE UNIQUE INDEX "bill_code_key" ON "bill"("code");

-- CreateIndex
CREATE INDEX "bill_school_id_state_idx" ON "bill"("school_id", "state");

-- CreateIndex
CREATE UNIQUE INDEX "bill_pupil_id_item_id_period_key_key" ON "bill"("pupil_id", "item_id", "period_key");

-- CreateIndex
CREATE INDEX "bill_claim_bill_id_idx" ON "bill_claim"("bill_id");

-- CreateIndex
CREATE INDEX "bill_told_recipient_id_idx" ON "bill_told"("recipient_id");

-- CreateIndex
CREATE UNIQUE INDEX "bank_event_connection_id_external_id_key" ON "bank_event"("connection_id", "external_id");

-- CreateIndex
CREATE INDEX "payment_bill_id_idx" ON "payment"("bill_id");

-- CreateIndex
CREATE INDEX "payment_school_id_place_idx" ON "payment"("school_id", "place");

-- CreateIndex
CREATE INDEX "payment_school_id_account_no_day_idx" ON "payment"("school_id", "account_no", "day");

-- Written by hand: what a Prisma schema cannot say.

-- What the sweep looks for.
create index bill_next on bill (school_id, next_on) where next_on is not null;
create index bill_news on bill (school_id) where news is not null;
create index bank_event_waiting on bank_event (id) where handled_at is null;
alter table bill add constraint bill_state check (state in ('open', 'exempt', 'cancelled')),
  add constraint bill_amount check (amount > 0 or (amount = 0 and state = 'exempt')), add constraint bill_paid check (paid >= 0);
-- A payment is in exactly one place.
alter table payment add constraint payment_place check (
  (place = 'bill' and bill_id is not null) or (place in ('cashier', 'aside') and bill_id is null)),
  add constraint payment_amount check (amount > 0);
-- The bank's own reference makes a transaction one, whoever tells of it: a service or a statement.
create unique index payment_once on payment (school_id, account_no, bank_ref, amount, day) where bank_ref <> '';
