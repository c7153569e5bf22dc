-- AlterTable
ALTER TABLE "pupil" ADD COLUMN     "vendor_code" TEXT;

-- CreateTable
CREATE TABLE "mark" (
    "school_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "term" SMALLINT NOT NULL,
    "subject_key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "tenths" SMALLINT,
    "word" TEXT,
    "raw" TEXT NOT NULL,

    CONSTRAINT "mark_pkey" PRIMARY KEY ("pupil_id","school_year_id","term","subject_key","slot")
);

-- CreateTable
CREATE TABLE "mark_change" (
    "id" BIGSERIAL NOT NULL,
    "school_id" UUID NOT NULL,
    "school_year_id" UUID NOT NULL,
    "class_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "term" SMALLINT NOT NULL,
    "subject_key" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "mark_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mark_news" (
    "class_id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),

    CONSTRAINT "mark_news_pkey" PRIMARY KEY ("class_id")
);

-- CreateTable
CREATE TABLE "mark_told" (
    "guardian_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "change_id" BIGINT NOT NULL,

    CONSTRAINT "mark_told_pkey" PRIMARY KEY ("guardian_id","pupil_id")
);

-- CreateTable
CREATE TABLE "mark_rule" (
    "school_id" UUID NOT NULL,
    "hold" BOOLEAN NOT NULL DEFAULT false,
    "digested_at" TIMESTAMPTZ(3),

    CONSTRAINT "mark_rule_pkey" PRIMARY KEY ("school_id")
);

-- CreateIndex
CREATE INDEX "mark_school_id_idx" ON "mark"("school_id");

-- CreateIndex
CREATE INDEX "mark_change_pupil_id_id_idx" ON "mark_change"("pupil_id", "id");

-- CreateIndex
CREATE INDEX "mark_change_class_id_settled_at_idx" ON "mark_change"("class_id", "settled_at");

-- CreateIndex
CREATE INDEX "mark_news_due_at_idx" ON "mark_news"("due_at");
