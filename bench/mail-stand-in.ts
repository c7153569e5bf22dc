// The mail server's stand-in as a process of its own. Started by fork(); says where it listens, answers "count".

import { startMail } from '../src/sandbox/index.ts';

const mail = await startMail();
process.on('message', () => process.send?.({ count: mail.accepted.length, twice: mail.duplicates().size }));
process.on('disconnect', () => process.exit(0));
process.send?.({ url: mail.url });
