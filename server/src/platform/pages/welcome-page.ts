import { html } from './html.ts';
import { layout } from './layout.ts';

/** What is behind this address, for who opens it in a browser. */
export function welcomePage(options: {
  version: string;
  mailbox: boolean;
  links: { href: string; label: string }[];
}): string {
  const card = (href: string, title: string, text: string) =>
    html`<li><a href="${href}"><strong>${title}</strong><span>${text}</span></a></li>\n`;
  const main = html`<h1>Openward is running.</h1>
<p class="lead">An open telemedicine backend that a clinic can run on its own: patients ask for care, doctors take the request, both talk in a chat that loses nothing, the doctor diagnoses, the patient rates, an admin keeps order.</p>
<ul class="cards">
${card('/docs', 'API page', 'Every call with its members, replies, errors and an example to paste.')}
${card('/openapi.json', 'OpenAPI document', 'The same for machines, in OpenAPI 3.1.')}
${options.mailbox && card('/dev/mailbox', 'Mailbox', 'The mails that would have been sent. Only in development.')}
${card('/health/ready', 'Health', 'Whether the databases answer.')}
</ul>
<p class="quiet">Version ${options.version}, Apache-2.0.</p>`;
  return layout({ title: 'Openward', kind: 'plain', main, links: options.links });
}
