import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { eventually } from './eventually.ts';

export type ReceivedMail = { to: string; subject: string; text: string; html: string; raw: string };

export type Mailbox = {
  url: string;
  mails: ReceivedMail[];
  /** From here on mails are taken in and not acknowledged, until the hand that is returned lets go. */
  hold(): { count(): number; letGo(): void };
  /** Waits for a mail to an address whose subject holds the words; the newest of them. */
  waitFor(to: string, subject: string): Promise<ReceivedMail>;
  /** The token in the link of a mail. */
  tokenIn(mail: ReceivedMail): string;
  stop(): Promise<void>;
};

/** A real SMTP server that keeps what it gets. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  let held: (() => void)[] | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        PostalMime.parse(raw).then(
          ({ subject = '', text = '', html = '' }) => {
            for (const { address } of session.envelope.rcptTo)
              mails.push({ to: address, subject, text, html, raw: raw.toString('utf8') });
            if (held === null) done();
            else held.push(done);
          },
          (error: Error) => done(error),
        );
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    hold: () => {
      const inHand: (() => void)[] = [];
      held = inHand;
      const letGo = () => {
        if (held === inHand) held = null;
        for (const done of inHand.splice(0)) done();
      };
      return { count: () => inHand.length, letGo };
    },
    waitFor: (to, subject) =>
      eventually(`a mail to ${to} about "${subject}"`, () =>
        mails.findLast((mail) => mail.to === to && mail.subject.includes(subject)),
      ),
    tokenIn: ({ text }) => /#token=([\w.-]+)/.exec(text)?.[1] ?? '',
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
