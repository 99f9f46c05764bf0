import type { Language } from '@openward/contracts';
import { createTransport } from 'nodemailer';
import type { Db } from '../database/connect.ts';
import { keepInMailbox } from './dev-mailbox.ts';
import { fill, greetings } from './mail-texts.ts';

/** Whom a mail goes to, and how. */
export type MailReader = {
  to: string;
  language: Language;
  /** Null: nobody knows whose address it is. */
  name: string | null;
};

/** A mail before it is dressed: no health data, ever; mails travel and lie around unencrypted. */
export type MailContent = MailReader & {
  subject: string;
  /** Plain sentences after the greeting. They are escaped for HTML here, so that a name can be anything. */
  paragraphs: readonly string[];
  action?: { label: string; url: string };
  calendar?: CalendarFile;
};

/** A file that mail programs put into the calendar (RFC 6047), with its METHOD. */
export type CalendarFile = { method: string; text: string };

export type RenderedMail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  calendar?: CalendarFile;
};

export type MailTransport = {
  /** @throws when the server does not take it; the job tries again. */
  deliver(mail: RenderedMail): Promise<void>;
  close(): void;
};

/** Text and HTML out of the same content. */
export function renderMail(content: MailContent): RenderedMail {
  const { to, language, name, subject, action, calendar } = content;
  const { named, unnamed } = greetings[language];
  const paragraphs = [name === null ? unnamed : fill(language, named, { name }), ...content.paragraphs];
  const links = action === undefined ? [] : [action.url];
  const text = [...paragraphs, ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]), 'Openward'].join(
    '\n\n',
  );
  const button =
    action === undefined
      ? ''
      : `<p style="margin:28px 0"><a href="${escapeHtml(action.url)}" style="background:#0b6b5c;color:#fff;padding:12px 20px;border-radius:8px;text-decoration:none">${escapeHtml(action.label)}</a></p>`;
  const body = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n');
  const html = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="font:16px/1.5 system-ui,sans-serif;color:#14211e;max-width:560px;margin:32px auto;padding:0 16px">
${body}
${button}
<p style="color:#5c6b67">Openward</p>
</body></html>`;
  return { to, subject, text, html, links, ...(calendar === undefined ? {} : { calendar }) };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** SMTP when there is a URL, else the dev mailbox in the main database. */
export function createMailTransport(options: { smtpUrl: string | null; from: string; db: Db }): MailTransport {
  if (options.smtpUrl === null) return { deliver: (mail) => keepInMailbox(options.db, mail), close: () => {} };
  const transport = createTransport({
    url: options.smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  });
  return {
    async deliver({ to, subject, text, html, calendar }) {
      await transport.sendMail({
        ...{ from: options.from, to: { name: '', address: to }, subject, text, html },
        ...(calendar === undefined
          ? {}
          : { icalEvent: { method: calendar.method, filename: 'appointment.ics', content: calendar.text } }),
      });
    },
    close: () => transport.close(),
  };
}
