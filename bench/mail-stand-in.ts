// The mail server's stand-in as a process of its own. Started by fork(); says where it listens, answers "count" and "last".

import { startMail } from '../src/sandbox/index.ts';

const mail = await startMail();
process.on('message', (what) =>
  process.send?.(
    what === 'last' ? mail.accepted.at(-1) : { count: mail.accepted.length, twice: mail.duplicates().size },
  ),
);
process.on('disconnect', () => process.exit(0));
process.send?.({ url: mail.url });
