-- AlterTable
ALTER TABLE "bill_told" ADD COLUMN     "news" TEXT;
