-- CreateEnum
CREATE TYPE "AbsenceState" AS ENUM ('asked', 'questioned', 'accepted', 'withdrawn');

-- CreateEnum
CREATE TYPE "DayPart" AS ENUM ('morning', 'afternoon', 'wholeDay');

-- CreateTable
CREATE TABLE "absence_report" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "from_on" DATE NOT NULL,
    "to_on" DATE NOT NULL,
    "part" "DayPart" NOT NULL,
    "sealed_reason" BYTEA,
    "state" "AbsenceState" NOT NULL DEFAULT 'asked',
    "update_id" BIGINT NOT NULL,
    "account_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "asked_contacts" UUID[] DEFAULT ARRAY[]::UUID[],
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT,

    CONSTRAINT "absence_report_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "absence_report_update_id_key" ON "absence_report"("update_id");

-- CreateIndex
CREATE INDEX "absence_report_school_id_to_on_idx" ON "absence_report"("school_id", "to_on");

-- CreateIndex
CREATE INDEX "absence_report_pupil_id_to_on_idx" ON "absence_report"("pupil_id", "to_on");
