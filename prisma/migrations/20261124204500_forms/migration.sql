-- AlterTable
ALTER TABLE "recipient" ADD COLUMN     "answered_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "form" (
    "id" UUID NOT NULL,
    "school_id" UUID NOT NULL,
    "notice_id" UUID NOT NULL,
    "about" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "wording" JSONB NOT NULL,
    "wording_hash" TEXT NOT NULL,
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "replaced_at" TIMESTAMPTZ(3),

    CONSTRAINT "form_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "form_pupil" (
    "form_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "class_id" UUID NOT NULL,

    CONSTRAINT "form_pupil_pkey" PRIMARY KEY ("form_id","pupil_id")
);

-- CreateTable
CREATE TABLE "form_answer" (
    "id" BIGSERIAL NOT NULL,
    "school_id" UUID NOT NULL,
    "form_id" UUID NOT NULL,
    "pupil_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "answers" JSONB NOT NULL,
    "wording_hash" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "contact_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,

    CONSTRAINT "form_answer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "form_notice_id_key" ON "form"("notice_id");

-- CreateIndex
CREATE INDEX "form_school_id_created_at_idx" ON "form"("school_id", "created_at");

-- CreateIndex
CREATE INDEX "form_pupil_pupil_id_idx" ON "form_pupil"("pupil_id");

-- CreateIndex
CREATE UNIQUE INDEX "form_answer_key_key" ON "form_answer"("key");

-- CreateIndex
CREATE INDEX "form_answer_form_id_pupil_id_id_idx" ON "form_answer"("form_id", "pupil_id", "id");

-- What was asked and what was answered must be shown again as they were; a family's answers may be deleted with its data.
CREATE TRIGGER "form_words_stay"
  BEFORE UPDATE OF "school_id", "notice_id", "about", "title", "wording", "wording_hash", "deadline_at" ON "form"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "form_answer_stays"
  BEFORE UPDATE ON "form_answer"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
