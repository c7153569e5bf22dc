-- CreateTable
CREATE TABLE "staff_contact" (
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "linked_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_code" (
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" UUID,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "duty" (
    "school_id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,

    CONSTRAINT "duty_pkey" PRIMARY KEY ("school_id","staff_id")
);

-- CreateTable
CREATE TABLE "chat_thread" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "chat_thread_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "thread_message" (
    "id" BIGSERIAL NOT NULL,
    "thread_id" UUID NOT NULL,
    "from_staff" BOOLEAN NOT NULL,
    "text" TEXT NOT NULL,
    "update_id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "urgent_at" TIMESTAMPTZ(3),
    "passed_at" TIMESTAMPTZ(3),

    CONSTRAINT "thread_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chat_letter" (
    "id" BIGSERIAL NOT NULL,
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "reply" JSONB NOT NULL,
    "key" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),
    "failed" TEXT,

    CONSTRAINT "chat_letter_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "staff_contact_account_id_address_idx" ON "staff_contact"("account_id", "address");

-- CreateIndex
CREATE UNIQUE INDEX "staff_contact_staff_id_account_id_address_key" ON "staff_contact"("staff_id", "account_id", "address");

-- CreateIndex
CREATE UNIQUE INDEX "staff_code_hash_key" ON "staff_code"("hash");

-- CreateIndex
CREATE INDEX "staff_code_staff_id_idx" ON "staff_code"("staff_id");

-- CreateIndex
CREATE INDEX "chat_thread_staff_id_idx" ON "chat_thread"("staff_id");

-- CreateIndex
CREATE UNIQUE INDEX "chat_thread_pupil_id_guardian_id_staff_id_key" ON "chat_thread"("pupil_id", "guardian_id", "staff_id");

-- CreateIndex
CREATE UNIQUE INDEX "thread_message_update_id_key" ON "thread_message"("update_id");

-- CreateIndex
CREATE INDEX "thread_message_thread_id_id_idx" ON "thread_message"("thread_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "chat_letter_key_key" ON "chat_letter"("key");

-- AddForeignKey
ALTER TABLE "staff_contact" ADD CONSTRAINT "staff_contact_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_code" ADD CONSTRAINT "staff_code_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "thread_message" ADD CONSTRAINT "thread_message_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "chat_thread"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Letters that wait, chat by chat.
create index chat_letter_waiting on chat_letter (account_id, address, id) where sent_at is null and failed is null;
