import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import type { SentFile } from './files.ts';

/** Where a client is: whom it can call, and where it writes down what it sees. */
export type Place = {
  /** Until then whoever reads over HTTP and is sent away (503) asks again, as a client does that is told when to come back. */
  patientUntilMs?: number;
  nodes: readonly { name: string; url: string }[];
  history: History;
  random: Random;
  /** Every file that was sent with a message: what members can open, and others try to. */
  files: SentFile[];
};

export type Account = { accountId: string; token: string };

/** A message that its sender has not got an ack for. */
export type Pending = { roomId: string; clientId: string; text: string; attachmentIds?: readonly string[] };

/** Names and texts that no other message of any round has. */
export function writeMessage(device: string, count: number, roomId: string, chars = 0): Pending {
  const clientId = `${device}-${count}-${Math.random().toString(36).slice(2, 8)}`;
  return { roomId, clientId, text: `${clientId} says hello.`.padEnd(chars, ' and so on') };
}
