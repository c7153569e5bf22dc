import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPackage } from '../src/store/index.ts';

// The rule (docs: the design's list of parts): imports go forward along the flow of a notice and down to the ground,
// never back. A folder that is not in this table may not exist; a line that is not in it may not be written.

/** What every part may stand on: nothing here knows schools, notices or channels. */
const GROUND = ['errors', 'observe', 'security', 'store', 'time'];

/** Which other folders each folder of src may import, beside the ground. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  // The ground among itself. `config` only as a type: settings are handed in.
  errors: [],
  time: [],
  observe: [],
  store: ['errors', 'time', 'observe'],
  security: ['errors', 'store', 'time'],
  // Along the flow.
  school: [],
  ingest: ['attendance', 'school', 'render', 'grades', 'fees'],
  channels: [],
  attachments: [],
  // Knows how a channel wants its text (the port's types), and no channel.
  render: ['channels'],
  attendance: ['school'],
  outbox: [],
  notices: ['attachments', 'outbox', 'render', 'school'],
  // Each only knows notices; they do not know each other.
  grades: ['notices', 'render', 'school'],
  fees: ['notices', 'render', 'school'],
  safety: ['notices'],
  classroom: ['notices'],
  // The only place where outbox and channels meet.
  dispatch: ['attachments', 'outbox', 'channels', 'render'],
  receipts: ['outbox'],
  conversation: [
    'attachments',
    'attendance',
    'channels',
    'classroom',
    'notices',
    'receipts',
    'render',
    'safety',
    'school',
  ],
  web: ['attachments', 'channels', 'conversation', 'notices', 'receipts', 'render', 'school'],
  // Stand-ins for what is outside: nothing of the hub knows them, they know nothing of the hub.
  sandbox: [],
};
const IS_GROUND = new Set([...GROUND]);

/** The places that wire: they may import everything but the sandbox. */
const WIRING = ['app', 'office', 'main', 'commands'];

type Import = {
  from: string;
  file: string;
  to: string;
  target: string;
  typeOnly: boolean;
  statement: string;
};

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (relative(inPackage('src'), path) !== join('store', 'prisma')) yield* filesOf(path);
    } else if (/\.(tsx?|mjs)$/.test(entry.name)) yield path;
  }
}
const SRC = inPackage('src');
const files = [...filesOf(SRC)].map((path) => ({
  path: relative(SRC, path).split(sep).join('/'),
  code: readFileSync(path, 'utf8'),
}));
const folderOf = (path: string) =>
  path.includes('/') ? (path.split('/')[0] ?? '') : path.replace(/\.\w+$/, '');

const imports: Import[] = files.flatMap(({ path, code }) =>
  [
    ...code.matchAll(
      /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
    ),
  ].flatMap((match) => {
    const named = match[2] ?? match[3] ?? '';
    if (!named.startsWith('.')) return [];
    const target = posix.normalize(posix.join(posix.dirname(path), named));
    return [
      {
        from: folderOf(path),
        file: path,
        to: folderOf(target),
        target,
        typeOnly: match[1] !== undefined,
        statement: match[0].replace(/\s+/g, ' ').slice(0, 100),
      },
    ];
  }),
);
const across = imports.filter((one) => one.from !== one.to);
const tell = (list: readonly Import[]) => list.map((one) => `src/${one.file}: ${one.statement}`);

describe('The parts of the hub', () => {
  it('are found at all by this test', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(across.length).toBeGreaterThan(150);
  });

  it('each stand in the table', () => {
    const known = new Set([...Object.keys(MAY_IMPORT), ...WIRING, 'config', 'ready']);
    expect(
      [...new Set(files.map(({ path }) => folderOf(path)))].filter((folder) => !known.has(folder)),
    ).toEqual([]);
  });

  it('import forward along the flow and down to the ground, never back', () => {
    const wrong = across.filter(({ from, to, target }) => {
      const allowed = MAY_IMPORT[from];
      if (!allowed || target.startsWith('..')) return false;
      return !allowed.includes(to) && !(IS_GROUND.has(to) && !IS_GROUND.has(from));
    });
    expect(tell(wrong)).toEqual([]);
  });

  it('have no circle', () => {
    const next = (folder: string) =>
      new Set(
        across.filter(({ from, target }) => from === folder && !target.startsWith('..')).map(({ to }) => to),
      );
    const seen = new Set<string>();
    const visit = (folder: string, way: string[]): void => {
      if (way.includes(folder)) throw new Error(`a circle: ${[...way, folder].join(' → ')}`);
      if (seen.has(folder)) return;
      for (const one of next(folder)) visit(one, [...way, folder]);
      seen.add(folder);
    };
    for (const folder of Object.keys(MAY_IMPORT)) visit(folder, []);
  });

  it('are entered by their door: of another folder only its index.ts is imported', () => {
    // The generated client and the branded ids are types for everybody; the ground's single files are their own doors.
    const open = /^(?:store\/(?:prisma\/\w+|ids)|errors|config|app|office)\.ts$/;
    const wrong = across.filter(({ from, target, to }) => {
      if (target.startsWith('..') || from === 'main') return false;
      return !open.test(target) && target !== `${to}/index.ts` && !(from === 'commands' && to === 'commands');
    });
    expect(tell(wrong)).toEqual([]);
  });

  it('each say at their door what comes in, what goes out and what they promise', () => {
    for (const folder of Object.keys(MAY_IMPORT)) {
      const door = files.find(({ path }) => path === `${folder}/index.ts`);
      if (door)
        expect(
          door.code.trimStart(),
          `src/${folder}/index.ts begins with a few lines about the part`,
        ).toMatch(/^\/\//);
    }
  });

  it('get their settings handed in: config is read by the places that wire, elsewhere it is a type', () => {
    const wrong = across.filter(
      ({ from, to, typeOnly }) => to === 'config' && !WIRING.includes(from) && !typeOnly,
    );
    expect(tell(wrong)).toEqual([]);
  });

  it('are wired in app.ts, office.ts and the commands only', () => {
    expect(tell(across.filter(({ from, to }) => WIRING.includes(to) && !WIRING.includes(from)))).toEqual([]);
  });

  it('do without the sandbox, which belongs to the demo and the tests', () => {
    expect(tell(across.filter(({ to }) => to === 'sandbox'))).toEqual([]);
  });

  it('reach outside of src for two things only: the demo, which is a command, and texts', () => {
    const outside = imports.filter(({ target }) => target.startsWith('..'));
    expect(
      outside
        .filter(
          ({ file, target }) =>
            !(file === 'main.ts' && target.startsWith('../demo/')) && !target.startsWith('../locales/'),
        )
        .map((one) => one.file),
    ).toEqual([]);
  });
});

describe('The code', () => {
  it('reads the environment in config.ts only', () => {
    const reading = files
      .filter(({ code }) => /process\.env/.test(code.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')))
      .map(({ path }) => path);
    expect(reading.sort()).toEqual([
      'config.ts',
      // Runs before anything is built; what it reads is npm's, and it hands the environment on.
      'ready.mjs',
      // Hand the environment on to a program that they start; they read no setting of ours.
      'store/embedded/alive.ts',
      'store/embedded/server.ts',
    ]);
  });

  it('has no default export, no `any`, no switched-off check, no forgotten note', () => {
    const rules: [string, RegExp][] = [
      ['default export', /^export default/m],
      ['any', /(?::|<|\bas)\s*any\b(?=\s*[;,)>=[{|&\]])/],
      ['ts-ignore', /@ts-(?:ignore|nocheck|expect-error)/],
      ['biome-ignore', /biome-ignore/],
      ['note', /\b(?:TODO|FIXME|XXX|HACK)\b/],
      ['debugger', /^\s*debugger/m],
    ];
    const found = files.flatMap(({ path, code }) =>
      rules.filter(([, rule]) => rule.test(code)).map(([name]) => `src/${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('calls no file or folder by what it is made of', () => {
    const parts = files.flatMap(({ path }) => path.replace(/\.\w+$/, '').split('/'));
    expect(
      parts.filter((part) => /^(utils?|helpers?|commons?|types|services?|managers?|misc)$/.test(part)),
    ).toEqual([]);
  });

  it('raises no error of its own kind but the coded ones and those a door names', () => {
    const classes = files.flatMap(({ path, code }) =>
      [...code.matchAll(/class (\w+) extends (?:\w*Error)\b/g)].map((match) => `${path}: ${match[1]}`),
    );
    expect(classes.filter((one) => !one.startsWith('sandbox/')).sort()).toEqual([
      'channels/http.ts: NoAnswer',
      'channels/problem.ts: ChannelProblem',
      'conversation/say.ts: ChatClosed',
      'errors.ts: HubError',
    ]);
  });

  it('keeps its files short enough to be read', () => {
    const long = files.filter(({ code }) => code.split('\n').length > 300).map(({ path }) => path);
    expect(long).toEqual([]);
  });
});
