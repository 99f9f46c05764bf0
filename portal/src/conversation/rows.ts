import type { Attachment, Message } from '@openward/contracts';
import type { Outgoing, TimelineState } from './timeline-state.ts';

/** What one row of the conversation shows. */
export type Row = {
  readonly key: string;
  readonly seq: number | null;
  readonly senderId: string;
  readonly text: string | null;
  readonly at: string;
  readonly files: readonly Attachment[];
  readonly replyTo: number | undefined;
  readonly message: Message | null;
  readonly outgoing: Outgoing | null;
  /** The first of a day: what is said above it. */
  readonly startsDay: boolean;
  readonly startsNew: boolean;
  /** The first of several by one person within some minutes. */
  readonly startsGroup: boolean;
};

const groupMs = 5 * 60_000;

/** The rows in their order. Those that did not change are the same objects as before, so that nothing is drawn twice. */
export function rowsOf(state: TimelineState, ownId: string, before: readonly Row[]): readonly Row[] {
  const known = new Map(before.map((row) => [row.key, row]));
  const shown: Pick<Row, 'key' | 'seq' | 'senderId' | 'text' | 'at' | 'files' | 'replyTo' | 'message' | 'outgoing'>[] =
    [
      ...state.messages.map((message) => ({
        key: `${message.senderId} ${message.clientId}`,
        seq: message.seq,
        senderId: message.senderId,
        text: message.text,
        at: message.sentAt,
        files: message.attachments ?? [],
        replyTo: message.replyTo,
        message,
        outgoing: null,
      })),
      ...(state.isAtEnd ? state.outgoing : []).map((outgoing) => ({
        key: `${ownId} ${outgoing.entry.clientId}`,
        seq: null,
        senderId: ownId,
        text: outgoing.entry.text,
        at: outgoing.writtenAt,
        files: outgoing.files,
        replyTo: outgoing.entry.replyToSeq,
        message: null,
        outgoing,
      })),
    ];
  return shown.map((item, index) => {
    const last = shown[index - 1];
    const startsDay = last === undefined || dayOf(last.at) !== dayOf(item.at);
    const startsNew = item.seq !== null && item.seq === state.newFrom;
    const isLater = last !== undefined && Date.parse(item.at) - Date.parse(last.at) > groupMs;
    const startsGroup = startsDay || startsNew || last.senderId !== item.senderId || isLater;
    const row: Row = { ...item, startsDay, startsNew, startsGroup };
    const old = known.get(row.key);
    const isSame =
      old !== undefined &&
      old.message === row.message &&
      old.outgoing === row.outgoing &&
      old.startsDay === startsDay &&
      old.startsNew === startsNew &&
      old.startsGroup === startsGroup;
    return isSame ? old : row;
  });
}

/** The calendar day where the person is. */
export function dayOf(at: string | Date): string {
  return new Date(at).toDateString();
}
