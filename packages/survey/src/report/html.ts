/** Markup that is safe to put into a page as it stands. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

/**
 * Template tag that escapes every value unless it is `Html` itself: file names, header cards and error messages come from
 * outside and may hold anything. null, undefined and false are left out, arrays joined.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = strings[0];
  parts.forEach((part, i) => {
    text += render(part) + strings[i + 1];
  });
  return new Html(text);
}

/** Text for element content and quoted attributes. Control characters become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;')
    .replace(/\p{Cc}/gu, (c) => (c === '\n' || c === '\t' ? c : '\ufffd'));
}

/** JSON inside a `<script type="application/json">`: nothing in it can end the element. */
export function jsonForScript(value: unknown): Html {
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new Html(text);
}

function render(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}
