// Attachments: pictures and PDFs that people send and schools pass on.
//
// In:  bytes, as a channel has fetched them (conversation/answer-file.ts) or a page was given them.
// Out: an `Attached` whose id stands in a step's data, in a letter (`Reply.attachment`) or on a notice
//      (`NoticeDraft.attachmentId`); its bytes, when a message goes out; a signed link where a channel cannot carry it.
// Promises: what a file is, is decided by its first bytes; what a phone wrote into a picture is gone; at rest it is
//      sealed; an update is kept once; unused it is forgotten after a day, used after ATTACHMENT_DAYS.
// How to use one: a step with `files: true` gets it in `answer.attachment`; whoever passes it on calls `use(tx, id, what)` in
//      its own transaction, and writes the id where it is to go out.

export {
  type Attached,
  type AttachmentPorts,
  type Attachments,
  FILE_PATH,
  type LinkFor,
  openAttachments,
} from './attachments.ts';
export type { CheckedFile, FileRefusal, FileType } from './check.ts';
export { useAttachment } from './use.ts';
