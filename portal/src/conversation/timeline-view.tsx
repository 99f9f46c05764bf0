import type { Message, Room } from '@openward/contracts';
import {
  type KeyboardEvent,
  memo,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useText } from '#i18n/use-text.ts';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
import { Failure } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { type ConversationActions, PeopleContext } from './actions.ts';
import { MessageRow } from './message-row.tsx';
import { useSummary } from './quote.tsx';
import { type Row, rowsOf } from './rows.ts';
import { Scroll } from './scroll.ts';
import css from './timeline.module.css';
import type { Timeline } from './timeline.ts';
import type { TimelineState } from './timeline-state.ts';

type ViewProps = {
  timeline: Timeline;
  room: Room;
  words: readonly string[];
  actions: ConversationActions;
};

/** The messages. Composing does not draw it again, and of its rows only those that changed are. */
export const TimelineView = memo(function TimelineView({ timeline, room, words, actions }: ViewProps) {
  const t = useText('chat');
  const state = useSyncExternalStore(timeline.subscribe, timeline.getState);
  const { nameOf } = useContext(PeopleContext);
  const rows = useRows(state, timeline.ownId);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const { scroller, isFollowing } = useScroll(timeline, state);
  const others = room.members.filter(({ id }) => id !== timeline.ownId);
  const readTo = Math.max(0, ...others.map(({ readSeq = 0 }) => readSeq));
  const active = rows.some(({ key }) => key === activeKey) ? activeKey : rows.at(-1)?.key;

  if (state.status === 'failed')
    return (
      <div className={css['failure']}>
        <Failure error={state.error} onRetry={() => void timeline.open(0)} />
      </div>
    );
  return (
    <div className={css['frame']}>
      <div
        ref={scroller}
        className={css['scroller']}
        role="log"
        aria-live="off"
        aria-label={t('messages')}
        aria-busy={state.status === 'loading'}
        // While there is no message that could have the focus, keys scroll from here.
        tabIndex={rows.length === 0 ? 0 : undefined}
        onKeyDown={moveBetween}
        onFocus={({ target }) => setActiveKey(keyAt(target))}
        onClick={({ target }) => setActiveKey(keyAt(target))}
      >
        <div className={css['content']}>
          {state.status === 'loading' && <Skeleton shape="rows" lines={6} />}
          {state.status === 'ready' && rows.length === 0 && (
            <p className={css['empty']}>{room.status === 'open' ? t('empty') : t('rooms.silent')}</p>
          )}
          {state.olderError !== null && <Failure error={state.olderError} onRetry={() => void timeline.retryOlder()} />}
          {rows.map((row) => (
            <MessageRow
              key={row.key}
              row={row}
              roomId={room.id}
              isOwn={row.senderId === timeline.ownId}
              name={nameOf(row.senderId)}
              isRead={row.seq !== null && row.seq <= readTo && row.senderId === timeline.ownId}
              isActive={row.key === active}
              isOpen={room.status === 'open'}
              words={words}
              actions={actions}
            />
          ))}
        </div>
      </div>
      {(!isFollowing || !state.isAtEnd) && state.status === 'ready' && (
        <ToEnd unread={room.unread} onClick={actions.goToEnd} />
      )}
      <Announcer timeline={timeline} />
    </div>
  );
});

function useRows(state: TimelineState, ownId: string): readonly Row[] {
  const before = useRef<readonly Row[]>([]);
  const rows = rowsOf(state, ownId, before.current);
  useEffect(() => {
    before.current = rows;
  });
  return rows;
}

/** Ties the element that scrolls to the timeline. What must happen before anything is painted happens in the layout effect. */
function useScroll(timeline: Timeline, state: TimelineState) {
  const scroller = useRef<HTMLDivElement>(null);
  const scroll = useRef<Scroll | null>(null);
  const [isFollowing, setFollowing] = useState(true);
  const isFailed = state.status === 'failed';
  useLayoutEffect(() => {
    if (isFailed || scroller.current === null) return;
    const made = new Scroll(scroller.current, timeline, setFollowing);
    scroll.current = made;
    return () => made.stop();
  }, [timeline, isFailed]);
  useLayoutEffect(() => scroll.current?.drawn(state));
  return { scroller, isFollowing };
}

function keyAt(target: EventTarget): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null;
  return row?.dataset['key'] ?? null;
}

/** Arrows lead from message to message; the tab key only to the one that is active. */
function moveBetween(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step === undefined || !(event.target instanceof HTMLElement) || event.target.tagName !== 'ARTICLE') return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('article')];
  const next = all[all.indexOf(event.target) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function ToEnd({ unread, onClick }: { unread: number; onClick: () => void }) {
  const t = useText('chat');
  return (
    <button type="button" className={css['end']} onClick={onClick}>
      <Icon name="down" />
      <span className={cx(unread === 0 && css['quiet'])}>
        {unread === 0 ? t('toEnd') : t('toEnd.unread', { count: unread })}
      </span>
    </button>
  );
}

/** Reads out what others have just written; never what was loaded from before. */
function Announcer({ timeline }: { timeline: Timeline }) {
  const { nameOf } = useContext(PeopleContext);
  const summary = useSummary();
  const [last, setLast] = useState<Message | null>(null);
  const listen = useCallback((message: Message) => setLast(message), []);
  useEffect(() => timeline.onArrival(listen), [timeline, listen]);
  return (
    <div aria-live="polite" aria-atomic="true">
      {last !== null && <Unseen>{`${nameOf(last.senderId)}: ${summary(last)}`}</Unseen>}
    </div>
  );
}
