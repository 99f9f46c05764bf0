import { escapeHtml } from '../mail/mail.ts';

const made = Symbol('made by the html tag');

/** Markup that is safe to put into a page: only the `html` tag makes it. */
export type Html = { readonly [made]: true; readonly text: string };

export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/**
 * Markup with values in it. Whatever is not markup itself is escaped, for text and for quoted attributes alike; lists are
 * joined; null, undefined and false are nothing.
 */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return markup(parts.map((part, index) => part + render(values[index])).join(''));
}

function markup(text: string): Html {
  return { [made]: true, text };
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  if (isList(value)) return value.map(render).join('');
  return made in value ? value.text : '';
}

function isList(value: object): value is readonly HtmlValue[] {
  return Array.isArray(value);
}

/** Text with `code` in backticks, as the contracts write it. */
export function prose(text: string): Html {
  const parts = text.split('`');
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

/** Text whose http(s) addresses are links, long ones shown shortened; any other scheme stays text. */
export function withLinks(text: string): Html {
  const parts = text.split(/(https?:\/\/[^\s<>"']+)/);
  return html`${parts.map((part, index) => (index % 2 === 1 && isWebUrl(part) ? html`<a href="${part}">${shortened(part)}</a>` : part))}`;
}

function shortened(url: string): string {
  return url.length > 90 ? `${url.slice(0, 80)}…` : url;
}

export function isWebUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** A value as indented JSON, its tokens in colour. */
export function json(value: unknown): Html {
  const text = JSON.stringify(value, null, 2);
  const out: HtmlValue[] = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [whole, string, colon] = match;
    out.push(
      text.slice(end, match.index),
      html`<span class="${kindOf(string, colon)}">${string ?? whole}</span>`,
      colon ?? '',
    );
    end = match.index + whole.length;
  }
  return html`${out}${text.slice(end)}`;
}

function kindOf(string: string | undefined, colon: string | undefined): string {
  if (string === undefined) return 'j-value';
  return colon === undefined ? 'j-text' : 'j-key';
}
