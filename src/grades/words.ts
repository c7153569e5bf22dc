/** What a family writes in a chat to see marks; see Topic.words. */
export const MARKS_WORDS = ['/diem', '/marks', 'điểm', 'điểm số', 'xem điểm', 'marks'] as const;
