import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { inPackage } from '../store/index.ts';

/** Served from here, never from somebody else's host. Pico is 83 KB, 11 KB on the wire. */
const FILES: Record<string, { path: string; type: string }> = {
  'pico.css': { path: 'node_modules/@picocss/pico/css/pico.min.css', type: 'text/css' },
  'family.css': { path: 'src/web/family/family.css', type: 'text/css' },
};

export function assets(): Hono {
  const app = new Hono();
  for (const [name, { path, type }] of Object.entries(FILES)) {
    const bytes = readFileSync(inPackage(path));
    const packed = gzipSync(bytes, { level: 9 });
    const headers = {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'public, max-age=86400',
      vary: 'accept-encoding',
    };
    app.get(`/assets/${name}`, (c) =>
      /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
        ? c.body(packed, 200, { ...headers, 'content-encoding': 'gzip' })
        : c.body(bytes, 200, headers),
    );
  }
  return app;
}
