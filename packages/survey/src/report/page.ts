import { Html, html } from './html.ts';
import type { HtmlPart } from './html.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

export interface Section {
  /** Fragment name and entry of the contents; lower-case words. */
  readonly id: string;
  readonly title: string;
  readonly body: HtmlPart;
  /** Small text beside the title. */
  readonly aside?: string;
}

/**
 * One self-contained page: styles, script, pictures and data inside; its content policy forbids every request, so it can
 * be mailed, archived, opened offline.
 */
export function renderPage(page: {
  readonly title: string;
  readonly subtitle: HtmlPart;
  readonly summary: HtmlPart;
  readonly sections: readonly Section[];
  readonly footer: HtmlPart;
}): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="generator" content="Blemish" />
        <title>${page.title}</title>
        <style>
          ${new Html(pageStyle)}
        </style>
      </head>
      <body>
        <header class="top">
          <p class="brand">Blemish</p>
          <h1>${page.title}</h1>
          <p class="subtitle">${page.subtitle}</p>
          ${page.summary}
          <nav>${page.sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
        </header>
        <main>
          ${page.sections.map(
            ({ id, title, body, aside }) =>
              html`<section id="${id}">
                <h2>${title}${aside === undefined ? '' : html` <small>${aside}</small>`}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <footer>${page.footer}</footer>
        <script>
          ${new Html(pageScript)};
        </script>
      </body>
    </html> `.text;
}

/** A row of headline figures. */
export function tiles(
  items: readonly {
    readonly label: string;
    readonly value: string;
    readonly note?: string | undefined;
    readonly tone?: 'bad' | undefined;
  }[],
): Html {
  return html`<dl class="tiles">
    ${items.map(
      ({ label, value, note, tone }) =>
        html`<div${tone === undefined ? '' : new Html(` class="${tone}"`)}><dt>${label}</dt><dd>${value}</dd>${note === undefined ? '' : html`<dd class="note">${note}</dd>`}</div>`,
    )}
  </dl>`;
}

/** Name and value, two columns. */
export function nameValueList(entries: readonly (readonly [string, HtmlPart])[]): Html {
  return html`<dl class="pairs">
    ${entries.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** An SVG of `@blemish/evaluate` with its caption. Inside HTML the name-space declaration is not needed. */
export function figure(svg: string, title: string, caption: string, wide = false): Html {
  const inline = svg.replace(/ xmlns(:\w+)?="[^"]*"/g, '');
  return html`<figure class="plot${wide ? ' wide' : ''}">
    <h3>${title}</h3>
    ${new Html(inline)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}
