-- CreateEnum
CREATE TYPE "CalendarKind" AS ENUM ('term', 'holiday');

-- AlterTable
ALTER TABLE "absence_report" ADD COLUMN     "attachment_id" UUID;

-- CreateTable
CREATE TABLE "missed_session" (
    "school_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "part" "DayPart" NOT NULL,
    "excused" BOOLEAN NOT NULL,

    CONSTRAINT "missed_session_pkey" PRIMARY KEY ("pupil_id","day","part")
);

-- CreateTable
CREATE TABLE "attendance_rule" (
    "school_id" UUID NOT NULL,
    "sessions_a_day" SMALLINT NOT NULL,

    CONSTRAINT "attendance_rule_pkey" PRIMARY KEY ("school_id")
);

-- CreateTable
CREATE TABLE "absence_warning" (
    "pupil_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "from" SMALLINT NOT NULL,
    "told_at" TIMESTAMPTZ(3),

    CONSTRAINT "absence_warning_pkey" PRIMARY KEY ("pupil_id","school_year_id","from")
);

-- CreateTable
CREATE TABLE "calendar_entry" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "kind" "CalendarKind" NOT NULL,
    "name" TEXT NOT NULL,
    "from_on" DATE NOT NULL,
    "to_on" DATE NOT NULL,

    CONSTRAINT "calendar_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "missed_session_school_id_day_idx" ON "missed_session"("school_id", "day");

-- CreateIndex
CREATE INDEX "absence_warning_told_at_idx" ON "absence_warning"("told_at");

-- CreateIndex
CREATE UNIQUE INDEX "calendar_entry_school_year_id_kind_name_key" ON "calendar_entry"("school_year_id", "kind", "name");
