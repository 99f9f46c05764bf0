import { expect, test } from 'vitest';
import { html, json, prose, withLinks } from './html.ts';

const hostile = `<img src=x onerror="alert('1')">&`;
const escaped = '&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;';

test('values are escaped, markup is not, nothing is nothing', () => {
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
  expect(html`${html`<b>${1}</b>`}${['<', html`<i></i>`]}${null}${undefined}${false}`.text).toBe(
    '<b>1</b>&#60;<i></i>',
  );
});

test('what merely looks like markup, as JSON could, is not taken for it', () => {
  const forged = JSON.parse('{"text":"<script>"}') as never;
  expect(html`${forged}`.text).not.toContain('<script>');
});

test('only web addresses become links', () => {
  expect(withLinks('see https://a.example/x#token=1.\njavascript:alert(1) data:text/html,x').text).toBe(
    'see <a href="https://a.example/x#token=1.">https://a.example/x#token=1.</a>\njavascript:alert(1) data:text/html,x',
  );
  expect(withLinks(`https://a.example/"><script>`).text).not.toContain('<script>');
  const long = `https://a.example/#token=${'a'.repeat(200)}`;
  expect(withLinks(long).text).toContain(`href="${long}"`);
  expect(withLinks(long).text).toContain('…</a>');
});

test('backticks become code', () => {
  expect(prose('a `<b>` c').text).toBe('a <code>&#60;b&#62;</code> c');
});

test('JSON keeps its text under the colours', () => {
  const value = { 'a"<': ['x: 1, true', -1.5e10, true, null], b: {} };
  const text = json(value)
    .text.replaceAll(/<\/?span[^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  expect(JSON.parse(text)).toEqual(value);
});
