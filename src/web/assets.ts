import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { inPackage } from '../store/index.ts';

/** Served from here, never from somebody else's host. Pico's class-less core is 40 KB, 8 KB on the wire. */
const FILES: Record<string, { path: string; type: string }> = {
  'pico.css': { path: 'node_modules/@picocss/pico/css/pico.min.css', type: 'text/css' },
  'family.css': { path: 'src/web/family/family.css', type: 'text/css' },
};

export function assets(): Hono {
  const app = new Hono();
  for (const [name, { path, type }] of Object.entries(FILES)) {
    const bytes = readFileSync(inPackage(path));
    app.get(`/assets/${name}`, (c) => c.body(bytes, 200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'public, max-age=86400' }));
  }
  return app;
}
