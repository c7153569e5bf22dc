-- AlterTable
ALTER TABLE "payment" ADD COLUMN     "also_day" DATE;
