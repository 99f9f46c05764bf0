import { html, isWebUrl, withLinks } from './html.ts';
import { layout } from './layout.ts';

export type KeptMail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  sentAt: Date | string;
};

/** The mails that would have been sent. Their HTML part is never put into the page: text and links say it all. */
export function mailboxPage(
  mails: readonly KeptMail[],
  to: string | undefined,
  links: { href: string; label: string }[],
): string {
  const jsonUrl = to === undefined ? '/dev/mailbox.json' : `/dev/mailbox.json?to=${encodeURIComponent(to)}`;
  const main = html`<h1>Mailbox</h1>
<p class="lead">No mail server is set, so mails are kept here instead of being sent. Newest first; the last 100. Also as <a href="${jsonUrl}">JSON</a>.</p>
<form class="filter" method="get" action="/dev/mailbox" role="search" aria-label="Mails">
<div><label for="to">Recipient</label><input id="to" name="to" type="text" inputmode="email" autocomplete="off" spellcheck="false" value="${to ?? ''}" placeholder="ana.silva@example.org"></div>
<button type="submit">Show</button>
</form>
${mails.length === 0 && html`<p>No mails${to === undefined ? '' : ` to ${to}`} yet.</p>`}
${mails.map(mailCard)}`;
  return layout({ title: 'Mailbox – Openward', kind: 'plain', main, links });
}

function mailCard({ to, subject, text, links, sentAt }: KeptMail, index: number) {
  const time = new Date(sentAt).toISOString();
  const others = links.filter((link) => isWebUrl(link) && !text.includes(link));
  return html`<article class="mail" aria-labelledby="mail-${index}">
<h2 id="mail-${index}">${subject}</h2>
<p class="meta">To <a href="/dev/mailbox?to=${encodeURIComponent(to)}">${to}</a>, <time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time></p>
<p class="text">${withLinks(text)}</p>
${others.length > 0 && html`<ul>${others.map((link) => html`<li><a href="${link}">${link}</a></li>`)}</ul>`}
</article>
`;
}
