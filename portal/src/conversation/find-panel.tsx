import type { Message } from '@openward/contracts';
import { type FormEvent, useContext, useEffect, useRef, useState } from 'react';
import { api } from '#app/api.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, IconButton } from '#ui/button.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { PeopleContext } from './actions.ts';
import css from './find-panel.module.css';
import { Marked, wordsOf } from './message-text.tsx';
import { useSummary } from './quote.tsx';

type FindProps = {
  roomId: string;
  onWords: (words: readonly string[]) => void;
  onGoTo: (seq: number) => void;
  /** @returns whether there is anything since then. */
  onDate: (since: string) => Promise<boolean>;
  onClose: () => void;
};

/** Looks for words in the conversation, or for a day. What was found leads to its place. */
export function FindPanel({ roomId, onWords, onGoTo, onDate, onClose }: FindProps) {
  const t = useText('chat');
  const problemText = useProblemText();
  const [q, setQ] = useState('');
  const [shown, setShown] = useState(false);
  const [noneSince, setNoneSince] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const wanted = field.current?.value.trim() ?? '';
    setQ(wanted);
    setShown(wanted !== '');
    onWords(wordsOf(wanted));
  }

  async function goToDay(day: string): Promise<void> {
    // A day begins when it begins where the person is.
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
    try {
      const isThere = await onDate(new Date(year, month - 1, date).toISOString());
      setNoneSince(!isThere);
      setShown(false);
    } catch (error) {
      toast(problemText.of(error), 'danger');
    }
  }

  return (
    <section className={css['panel']} aria-label={t('find')}>
      <form
        className={css['bar']}
        onSubmit={submit}
        onKeyDown={({ key }) => {
          if (key === 'Escape') onClose();
        }}
      >
        <input
          ref={field}
          type="search"
          className={css['field']}
          aria-label={t('find.words')}
          placeholder={t('find.words')}
          maxLength={200}
          enterKeyHint="search"
          onFocus={() => setShown(q !== '')}
        />
        <Button type="submit" size="small" icon="search">
          {t('find.go')}
        </Button>
        <label className={css['day']}>
          <span>{t('find.day')}</span>
          <input
            type="date"
            className={css['field']}
            max={localDay(new Date())}
            onChange={({ target }) => {
              if (target.value !== '') void goToDay(target.value);
            }}
          />
        </label>
        <IconButton icon="close" label={t('find.close')} onClick={onClose} />
      </form>
      <p role="status" className={css['none']}>
        {noneSince && t('find.noneSince')}
      </p>
      {shown && q !== '' && (
        <Results
          key={q}
          roomId={roomId}
          q={q}
          onGoTo={(seq) => {
            setShown(false);
            onGoTo(seq);
          }}
        />
      )}
    </section>
  );
}

function localDay(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function Results({ roomId, q, onGoTo }: { roomId: string; q: string; onGoTo: (seq: number) => void }) {
  const t = useText('chat');
  const found = usePages(['search', roomId, q], (cursor, signal) =>
    api.searchMessages({ id: roomId, q, cursor }, { signal }),
  );
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage, data } = found;
  // In a long room a page may be empty though there is more to look through.
  const isLooking = hasNextPage && (data?.length ?? 0) === 0;
  useEffect(() => {
    if (isLooking && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [isLooking, isFetchingNextPage, isError, fetchNextPage]);
  const words = wordsOf(q);
  return (
    <div className={css['results']}>
      <QueryState query={found}>
        {(items) => (
          <>
            <p role="status" className={css['none']}>
              {isLooking ? t('find.looking') : items.length === 0 ? t('find.none') : null}
            </p>
            <ul aria-label={t('find.found')}>
              {items.map((message) => (
                <li key={message.seq}>
                  <Result message={message} words={words} onGoTo={onGoTo} />
                </li>
              ))}
            </ul>
          </>
        )}
      </QueryState>
      {!isLooking && <LoadMore query={found} />}
    </div>
  );
}

type ResultProps = { message: Message; words: readonly string[]; onGoTo: (seq: number) => void };

function Result({ message, words, onGoTo }: ResultProps) {
  const format = useFormat();
  const summary = useSummary();
  const { nameOf } = useContext(PeopleContext);
  return (
    <button type="button" className={css['result']} onClick={() => onGoTo(message.seq)}>
      <span className={css['who']}>
        <strong>{nameOf(message.senderId)}</strong> <span>{format.dateTime(message.sentAt)}</span>
      </span>
      <span className={css['snippet']}>
        <Marked text={around(summary(message), words)} words={words} />
      </span>
    </button>
  );
}

/** As much of a long text as stands around the first word found. */
function around(text: string, words: readonly string[]): string {
  if (text.length <= 160) return text;
  const lower = text.toLowerCase();
  const at = Math.max(0, ...words.slice(0, 1).map((word) => lower.indexOf(word)));
  const from = Math.max(0, at - 60);
  return `${from > 0 ? '…' : ''}${text.slice(from, from + 160)}…`;
}
