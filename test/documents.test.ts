import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { inPackage } from '../src/store/index.ts';

const ROOT = inPackage('.');
const pages = [
  ...['README.md', 'src/README.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

it('no document leads to a file that is not there', () => {
  const links = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ path, target: join(ROOT, dirname(path), target) })),
  );
  expect(links.length).toBeGreaterThan(15);
  expect(
    links
      .filter(({ target }) => !existsSync(target))
      .map(({ path, target }) => `${path}: ${relative(ROOT, target)}`),
  ).toEqual([]);
});

it('every command that a document names is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => ({ path, name: name ?? '' })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(
    named.filter(({ name }) => !scripts[name]).map(({ path, name }) => `${path}: npm run ${name}`),
  ).toEqual([]);
});

it('every file that the map of the source names is there', () => {
  const map = pages.find(({ path }) => path === 'src/README.md')?.text ?? '';
  const named = [...map.matchAll(/`([a-z-]+(?:\/[a-z-]+)+\.tsx?)`/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(ROOT, 'src', path)))).toEqual([]);
});

it('every decision has a number of its own', () => {
  const numbers = pages.flatMap(({ path }) => /decisions.(\d{3})-/.exec(path)?.[1] ?? []);
  expect(numbers.length).toBeGreaterThan(10);
  expect(new Set(numbers).size).toBe(numbers.length);
});
