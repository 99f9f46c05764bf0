import type { MessageRow } from '../read-messages.ts';
import type { FeedSource } from './feed-source.ts';
import { LiveMessage } from './live-message.ts';
import { RoomFeed } from './room-feed.ts';
import { type Receiver, Subscription } from './subscription.ts';

const roomId = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';
export const [ana, ben] = ['00000000-0000-7000-8000-00000000000a', '00000000-0000-7000-8000-00000000000b'];

/** A database of one room, with reads that are answered when the test says so. */
export class FakeRoom implements FeedSource {
  readonly rows: MessageRow[] = [];
  readonly feed = new RoomFeed(roomId, this);
  version = 1;
  members = [ana, ben];
  /** How far each of them has read. */
  readSeq = 0;
  reads = 0;
  failures = 0;
  readonly pending: (() => void)[] = [];

  write(senderId = ben, clientId = `${this.rows.length + 1}`): LiveMessage {
    const seq = this.rows.length + 1;
    const message = {
      roomId,
      seq,
      id: `id-${seq}`,
      clientId,
      senderId,
      text: `text ${seq}`,
      sentAt: '',
      retractedAt: null,
    };
    this.rows.push({ ...message, roomVersion: this.version });
    return new LiveMessage(message);
  }

  learn(changeSeq = 0): void {
    const members = new Map(this.members.map((id) => [id, { readSeq: this.readSeq, joinedSeq: 0 }]));
    this.feed.learn({
      roomId,
      status: 'open',
      headSeq: this.rows.length,
      changeSeq,
      version: this.version,
      patientId: ana,
      members,
    });
  }

  readMessages(_roomId: string, fromSeq: number, toSeq: number): Promise<MessageRow[]> {
    this.reads += 1;
    // As in a database: what is read is what was there when the reading began, and who is in the room at that moment.
    const rows = this.rows.slice(fromSeq - 1, toSeq).map((row) => ({ ...row, roomVersion: this.version }));
    return new Promise((resolve, reject) => {
      this.pending.push(() => (this.failures-- > 0 ? reject(new Error('away')) : resolve(rows)));
    });
  }

  reload(): void {
    this.pending.push(() => this.learn());
  }

  afterPatience(act: () => void): void {
    this.pending.push(act);
  }

  onDelivered(): void {}

  retryLater(feed: RoomFeed): void {
    this.pending.push(() => feed.pump());
  }

  /** What comes by itself has come; nothing that is asked is answered. */
  async turn(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
  }

  /** Answers everything that is asked, until nothing more is. */
  async settle(): Promise<void> {
    do {
      for (const answer of this.pending.splice(0)) answer();
      await this.turn();
    } while (this.pending.length > 0);
  }
}

export class FakeReceiver implements Receiver {
  readonly accountId: string;
  readonly seqs: number[] = [];
  readonly texts: (string | null)[] = [];
  readonly edits: { seq: number; text: string; changeSeq: number }[] = [];
  /** The types of all the others. */
  readonly others: string[] = [];
  full = false;
  writing: string | null = null;
  left = false;

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  send(frame: Buffer): void {
    const { type, seq, text, changeSeq } = JSON.parse(textOf(frame));
    if (type === 'edited') this.edits.push({ seq, text, changeSeq });
    else if (type !== 'message') this.others.push(type);
    if (type !== 'message') return;
    this.seqs.push(seq);
    this.texts.push(text);
  }

  isWriting({ message }: LiveMessage): boolean {
    return message.senderId === this.accountId && message.clientId === this.writing;
  }

  onLeft(): void {
    this.left = true;
  }
}

export function join(room: FakeRoom, accountId: string, after = room.rows.length) {
  const receiver = new FakeReceiver(accountId);
  const subscription = new Subscription(room.feed, receiver);
  room.learn();
  subscription.startAfter(after);
  subscription.goLive();
  return { receiver, subscription };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** What a frame says (RFC 6455, 5.2): unmasked text, as the server sends it. */
function textOf(frame: Buffer): string {
  const long = (frame[1] ?? 0) - 125;
  return frame.toString('utf8', long <= 0 ? 2 : long === 1 ? 4 : 10);
}
