import { icon, stylesheet } from './assets.ts';
import { type Html, html } from './html.ts';

export type Page = {
  title: string;
  main: Html;
  /** Beside the main part: a table of contents. */
  aside?: Html;
  /** What the page is, for its style. */
  kind: 'docs' | 'plain' | 'narrow';
  links?: { href: string; label: string; current?: boolean }[];
};

/** The document around a page: head, skip link, header, landmarks. */
export function layout({ title, main, aside, kind, links = [] }: Page): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${icon.url}" type="image/svg+xml">
<link rel="stylesheet" href="${stylesheet.url}">
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><img src="${icon.url}" alt="" width="28" height="28"> Openward</a>
${links.length > 0 && html`<nav aria-label="Site">${links.map((link) => html`<a href="${link.href}"${link.current === true && html` aria-current="page"`}>${link.label}</a>`)}</nav>`}
</header>
<div class="frame">
${aside}
<main id="main" tabindex="-1">
${main}
</main>
</div>
</body>
</html>
`;
  return page.text;
}
