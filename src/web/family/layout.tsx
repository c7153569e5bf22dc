import type { Child } from 'hono/jsx';

/** A page for families: no script, one small style sheet, readable on an old phone. */
export function Page({ language, title, children }: { language: string; title: string; children?: Child }) {
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="stylesheet" href="/assets/pico.css" />
        <link rel="stylesheet" href="/assets/family.css" />
      </head>
      <body>
        <main class="container">
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  );
}
