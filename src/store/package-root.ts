import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The folder that holds package.json: `locales/`, `prisma/migrations/` and static files are read from there, whether
 * this code runs as TypeScript from src/ or compiled from dist/src/. So the build has nothing to copy.
 */
export const packageRoot: string = findUp(dirname(fileURLToPath(import.meta.url)));

function findUp(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json is missing above the program');
  return findUp(parent);
}

/** A path below the package root. */
export function inPackage(...parts: string[]): string {
  return join(packageRoot, ...parts);
}
