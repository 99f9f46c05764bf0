import type { Message } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useContext, useSyncExternalStore } from 'react';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { type ConversationActions, PeopleContext } from './actions.ts';
import css from './message.module.css';

type QuoteProps = { roomId: string; seq: number; actions: ConversationActions; tabIndex: number };

/** What a message answers, in short; pressing it leads there. */
export function Quote({ roomId, seq, actions, tabIndex }: QuoteProps) {
  const t = useText('chat');
  const summary = useSummary();
  const { nameOf, find, subscribe } = useContext(PeopleContext);
  // What was taken back is not to be read here either.
  const here = useSyncExternalStore(subscribe, () => find(seq));
  const { data } = useQuery({
    queryKey: ['message', roomId, seq],
    queryFn: async ({ signal }) =>
      (await api.listMessages({ id: roomId, after: seq - 1, limit: 1 }, { signal })).items[0] ?? null,
    enabled: here === undefined,
  });
  const message = here ?? data;
  return (
    <button type="button" className={css['quote']} tabIndex={tabIndex} onClick={() => actions.goTo(seq)}>
      <strong>{message ? nameOf(message.senderId) : t('quote')}</strong>
      <span>{summary(message ?? null)}</span>
    </button>
  );
}

/** A message in a line. */
export function useSummary(): (message: Message | null) => string {
  const t = useText('chat');
  return (message) => {
    if (message === null) return '…';
    if (message.retractedAt !== null) return t('retracted');
    const [file] = message.attachments ?? [];
    return message.text || (file === undefined ? '' : file.name);
  };
}
