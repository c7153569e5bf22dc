-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "OrgUnitKind" AS ENUM ('department', 'commune', 'school');

-- CreateEnum
CREATE TYPE "Relation" AS ENUM ('father', 'mother', 'guardian');

-- CreateEnum
CREATE TYPE "Role" AS ENUM ('administrator', 'head', 'itOfficer', 'formTeacher', 'subjectTeacher', 'cashier');

-- CreateEnum
CREATE TYPE "ContactState" AS ENUM ('unconfirmed', 'active', 'blocked', 'unlinked', 'gone');

-- CreateEnum
CREATE TYPE "Purpose" AS ENUM ('marks', 'fees', 'classNews');

-- CreateEnum
CREATE TYPE "PreferenceMode" AS ENUM ('atOnce', 'digest', 'off');

-- CreateTable
CREATE TABLE "org_unit" (
    "id" UUID NOT NULL,
    "kind" "OrgUnitKind" NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "code" TEXT,
    "parent_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "org_unit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "school_year" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "label" TEXT NOT NULL,
    "current" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "school_year_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "school_class" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "grade" SMALLINT NOT NULL,

    CONSTRAINT "school_class_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pupil" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "full_name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "born_on" DATE,
    "left_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pupil_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "enrolment" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "class_id" UUID NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "enrolment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "guardian" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "full_name" TEXT,
    "name_key" TEXT,
    "phone" TEXT,
    "second_phone" TEXT,
    "language" TEXT NOT NULL DEFAULT 'vi',
    "quiet_from_min" SMALLINT,
    "quiet_to_min" SMALLINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "guardian_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "guardianship" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "relation" "Relation" NOT NULL,
    "can_see_marks" BOOLEAN NOT NULL DEFAULT true,
    "can_pay" BOOLEAN NOT NULL DEFAULT true,
    "urgent_only" BOOLEAN NOT NULL DEFAULT false,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "guardianship_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff" (
    "id" UUID NOT NULL,
    "full_name" TEXT NOT NULL,
    "email" TEXT,
    "password" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "staff_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "staff_role" (
    "id" UUID NOT NULL,
    "staff_id" UUID NOT NULL,
    "org_unit_id" UUID NOT NULL,
    "role" "Role" NOT NULL,
    "class_id" UUID,

    CONSTRAINT "staff_role_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channel_account" (
    "id" UUID NOT NULL,
    "org_unit_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "sealed_secret" BYTEA NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "per_second" INTEGER NOT NULL,
    "per_address_ms" INTEGER NOT NULL DEFAULT 0,
    "paused_until" TIMESTAMPTZ(3),
    "stopped_reason" TEXT,
    "cursor" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channel_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "contact" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "state" "ContactState" NOT NULL,
    "position" SMALLINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "invited_at" TIMESTAMPTZ(3),

    CONSTRAINT "contact_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "link_code" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by_contact" UUID,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "link_code_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_count" (
    "key" TEXT NOT NULL,
    "window_at" TIMESTAMPTZ(3) NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "rate_count_pkey" PRIMARY KEY ("key","window_at")
);

-- CreateTable
CREATE TABLE "consent" (
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "purpose" "Purpose" NOT NULL,
    "agreed" BOOLEAN NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("guardian_id","pupil_id","purpose")
);

-- CreateTable
CREATE TABLE "consent_act" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "purpose" "Purpose" NOT NULL,
    "agreed" BOOLEAN NOT NULL,
    "text_version" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "contact_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consent_act_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "preference" (
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "purpose" "Purpose" NOT NULL,
    "mode" "PreferenceMode" NOT NULL,

    CONSTRAINT "preference_pkey" PRIMARY KEY ("guardian_id","pupil_id","purpose")
);

-- CreateTable
CREATE TABLE "message_template" (
    "id" UUID NOT NULL,
    "school_id" UUID,
    "kind" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "channel" TEXT,
    "version" INTEGER NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "message_template_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notice" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "vars" JSONB NOT NULL,
    "facts" JSONB NOT NULL,
    "audience" JSONB NOT NULL,
    "purpose" TEXT,
    "urgent" BOOLEAN NOT NULL,
    "asks_to_confirm" BOOLEAN NOT NULL,
    "confirm_by" TIMESTAMPTZ(3),
    "reminded_at" TIMESTAMPTZ(3),
    "valid_until" TIMESTAMPTZ(3),
    "supersedes_id" UUID,
    "superseded_at" TIMESTAMPTZ(3),
    "idempotency_key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "created_by" TEXT NOT NULL,
    "audience_size" INTEGER NOT NULL DEFAULT 0,
    "published_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "notice_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recipient" (
    "id" BIGSERIAL NOT NULL,
    "notice_id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "reached_by" TEXT,
    "seen_at" TIMESTAMPTZ(3),
    "confirmed_at" TIMESTAMPTZ(3),
    "child" TEXT NOT NULL,
    "class_name" TEXT NOT NULL,
    "vars" JSONB,

    CONSTRAINT "recipient_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" BIGSERIAL NOT NULL,
    "recipient_id" BIGINT NOT NULL,
    "notice_id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "contact_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "template_id" UUID NOT NULL,
    "round" SMALLINT NOT NULL,
    "priority" SMALLINT NOT NULL,
    "state" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "parts_sent" SMALLINT NOT NULL DEFAULT 0,
    "owner" TEXT,
    "possible_duplicate" BOOLEAN NOT NULL DEFAULT false,
    "reason" TEXT,
    "provider_id" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "failed_attempt" (
    "id" BIGSERIAL NOT NULL,
    "delivery_id" BIGINT NOT NULL,
    "attempt" SMALLINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "failed_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "inbound_update" (
    "id" BIGSERIAL NOT NULL,
    "account_id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "chat_key" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "handled_at" TIMESTAMPTZ(3),
    "attempts" SMALLINT NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "error" TEXT,

    CONSTRAINT "inbound_update_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "receipt" (
    "id" BIGSERIAL NOT NULL,
    "delivery_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "receipt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_run" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "file" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "rows" INTEGER NOT NULL,
    "created" INTEGER NOT NULL,
    "updated" INTEGER NOT NULL,
    "unchanged" INTEGER NOT NULL,
    "refused" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "import_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "org_unit_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "hub_fact" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "hub_fact_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "org_unit_code_key" ON "org_unit"("code");

-- CreateIndex
CREATE UNIQUE INDEX "school_year_school_id_label_key" ON "school_year"("school_id", "label");

-- CreateIndex
CREATE INDEX "school_class_school_id_idx" ON "school_class"("school_id");

-- CreateIndex
CREATE UNIQUE INDEX "school_class_school_year_id_name_key_key" ON "school_class"("school_year_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "pupil_school_id_code_key" ON "pupil"("school_id", "code");

-- CreateIndex
CREATE INDEX "enrolment_class_id_idx" ON "enrolment"("class_id");

-- CreateIndex
CREATE UNIQUE INDEX "enrolment_pupil_id_class_id_key" ON "enrolment"("pupil_id", "class_id");

-- CreateIndex
CREATE INDEX "guardian_school_id_phone_idx" ON "guardian"("school_id", "phone");

-- CreateIndex
CREATE INDEX "guardianship_pupil_id_idx" ON "guardianship"("pupil_id");

-- CreateIndex
CREATE UNIQUE INDEX "guardianship_guardian_id_pupil_id_key" ON "guardianship"("guardian_id", "pupil_id");

-- CreateIndex
CREATE UNIQUE INDEX "staff_email_key" ON "staff"("email");

-- CreateIndex
CREATE UNIQUE INDEX "staff_role_staff_id_org_unit_id_role_class_id_key" ON "staff_role"("staff_id", "org_unit_id", "role", "class_id");

-- CreateIndex
CREATE INDEX "channel_account_org_unit_id_idx" ON "channel_account"("org_unit_id");

-- CreateIndex
CREATE UNIQUE INDEX "channel_account_channel_name_key" ON "channel_account"("channel", "name");

-- CreateIndex
CREATE INDEX "contact_account_id_address_idx" ON "contact"("account_id", "address");

-- CreateIndex
CREATE UNIQUE INDEX "contact_guardian_id_account_id_address_key" ON "contact"("guardian_id", "account_id", "address");

-- CreateIndex
CREATE UNIQUE INDEX "link_code_hash_key" ON "link_code"("hash");

-- CreateIndex
CREATE INDEX "link_code_guardian_id_pupil_id_idx" ON "link_code"("guardian_id", "pupil_id");

-- CreateIndex
CREATE INDEX "consent_act_guardian_id_idx" ON "consent_act"("guardian_id");

-- CreateIndex
CREATE INDEX "message_template_kind_language_idx" ON "message_template"("kind", "language");

-- CreateIndex
CREATE UNIQUE INDEX "notice_school_id_idempotency_key_key" ON "notice"("school_id", "idempotency_key");

-- CreateIndex
CREATE UNIQUE INDEX "recipient_notice_id_guardian_id_pupil_id_key" ON "recipient"("notice_id", "guardian_id", "pupil_id");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_recipient_id_contact_id_round_key" ON "delivery"("recipient_id", "contact_id", "round");

-- CreateIndex
CREATE INDEX "failed_attempt_delivery_id_idx" ON "failed_attempt"("delivery_id");

-- CreateIndex
CREATE UNIQUE INDEX "inbound_update_account_id_external_id_key" ON "inbound_update"("account_id", "external_id");

-- CreateIndex
CREATE UNIQUE INDEX "receipt_delivery_id_kind_key" ON "receipt"("delivery_id", "kind");

-- CreateIndex
CREATE INDEX "import_run_school_id_at_idx" ON "import_run"("school_id", "at");

-- CreateIndex
CREATE INDEX "audit_entry_org_unit_id_at_idx" ON "audit_entry"("org_unit_id", "at");

-- AddForeignKey
ALTER TABLE "org_unit" ADD CONSTRAINT "org_unit_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "org_unit"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "school_year" ADD CONSTRAINT "school_year_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "school_class" ADD CONSTRAINT "school_class_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "school_class" ADD CONSTRAINT "school_class_school_year_id_fkey" FOREIGN KEY ("school_year_id") REFERENCES "school_year"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pupil" ADD CONSTRAINT "pupil_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_pupil_id_fkey" FOREIGN KEY ("pupil_id") REFERENCES "pupil"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "enrolment" ADD CONSTRAINT "enrolment_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "school_class"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guardian" ADD CONSTRAINT "guardian_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guardianship" ADD CONSTRAINT "guardianship_guardian_id_fkey" FOREIGN KEY ("guardian_id") REFERENCES "guardian"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guardianship" ADD CONSTRAINT "guardianship_pupil_id_fkey" FOREIGN KEY ("pupil_id") REFERENCES "pupil"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_role" ADD CONSTRAINT "staff_role_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_role" ADD CONSTRAINT "staff_role_org_unit_id_fkey" FOREIGN KEY ("org_unit_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "staff_role" ADD CONSTRAINT "staff_role_class_id_fkey" FOREIGN KEY ("class_id") REFERENCES "school_class"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channel_account" ADD CONSTRAINT "channel_account_org_unit_id_fkey" FOREIGN KEY ("org_unit_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact" ADD CONSTRAINT "contact_guardian_id_fkey" FOREIGN KEY ("guardian_id") REFERENCES "guardian"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact" ADD CONSTRAINT "contact_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "channel_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "link_code" ADD CONSTRAINT "link_code_guardian_id_fkey" FOREIGN KEY ("guardian_id") REFERENCES "guardian"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "link_code" ADD CONSTRAINT "link_code_pupil_id_fkey" FOREIGN KEY ("pupil_id") REFERENCES "pupil"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent" ADD CONSTRAINT "consent_guardian_id_fkey" FOREIGN KEY ("guardian_id") REFERENCES "guardian"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent" ADD CONSTRAINT "consent_pupil_id_fkey" FOREIGN KEY ("pupil_id") REFERENCES "pupil"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "preference" ADD CONSTRAINT "preference_guardian_id_fkey" FOREIGN KEY ("guardian_id") REFERENCES "guardian"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "preference" ADD CONSTRAINT "preference_pupil_id_fkey" FOREIGN KEY ("pupil_id") REFERENCES "pupil"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice" ADD CONSTRAINT "notice_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_run" ADD CONSTRAINT "import_run_school_id_fkey" FOREIGN KEY ("school_id") REFERENCES "org_unit"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
