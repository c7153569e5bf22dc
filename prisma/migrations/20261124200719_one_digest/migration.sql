-- AlterTable
ALTER TABLE "mark_rule" DROP COLUMN "digested_at";

-- Marks had one digest, of the week; what has waited for it comes with the next marks of the class.
UPDATE "preference" SET "mode" = 'weekly' WHERE "purpose" = 'marks' AND "mode" = 'digest';
