import { OpenwardError } from '@openward/client';
import { memo, type ReactNode } from 'react';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
import { Menu, type MenuItem } from '#ui/menu.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import type { ConversationActions } from './actions.ts';
import { Attachments } from './attachments.tsx';
import css from './message.module.css';
import { MessageText } from './message-text.tsx';
import { Quote } from './quote.tsx';
import { dayOf, type Row } from './rows.ts';

type RowProps = {
  row: Row;
  roomId: string;
  isOwn: boolean;
  name: string;
  /** Sent and read by the others. */
  isRead: boolean;
  isActive: boolean;
  isOpen: boolean;
  words: readonly string[];
  actions: ConversationActions;
};

/** One message with what stands above it. Drawn again only when something of it has changed. */
export const MessageRow = memo(function MessageRow(props: RowProps) {
  const { row, isOwn, name, isActive } = props;
  const t = useText('chat');
  const format = useFormat();
  return (
    <div className={css['row']} data-key={row.key} data-seq={row.seq ?? undefined}>
      {row.startsDay && <Day at={row.at} />}
      {row.startsNew && (
        <div className={css['new']}>
          <span>{t('new')}</span>
        </div>
      )}
      <article
        className={cx(css['message'], isOwn && css['own'], row.startsGroup && css['first'], isActive && css['active'])}
        tabIndex={isActive ? 0 : -1}
        aria-label={t('message.by', { name: isOwn ? t('you') : name, when: format.dateTime(row.at) })}
      >
        {row.startsGroup && !isOwn && <span className={css['name']}>{name}</span>}
        <div className={css['line']}>
          <Bubble {...props} />
          {row.message !== null && row.message.retractedAt === null && <Actions {...props} />}
        </div>
        {row.outgoing?.failure && <Failed {...props} />}
      </article>
    </div>
  );
});

function Bubble({ row, roomId, isOwn, isRead, isActive, words, actions }: RowProps) {
  const t = useText('chat');
  /** The tab key goes through what the active message has, and not through the rest of the conversation. */
  const tabIndex = isActive ? 0 : -1;
  const { message } = row;
  if (message?.retractedAt) {
    return (
      <div className={cx(css['bubble'], css['gone'])}>
        <p>{isOwn ? t('retracted.own') : t('retracted')}</p>
        <Meta>
          <Time at={row.at} />
        </Meta>
      </div>
    );
  }
  return (
    <div className={css['bubble']}>
      {row.replyTo !== undefined && <Quote roomId={roomId} seq={row.replyTo} actions={actions} tabIndex={tabIndex} />}
      {row.files.length > 0 && <Attachments roomId={roomId} files={row.files} tabIndex={tabIndex} />}
      {row.outgoing !== null && row.files.length === 0 && (row.outgoing.entry.attachmentIds?.length ?? 0) > 0 && (
        <p className={css['soft']}>{t('files.count', { count: row.outgoing.entry.attachmentIds?.length ?? 0 })}</p>
      )}
      {row.text !== null && row.text !== '' && <MessageText text={row.text} words={words} />}
      <Meta>
        {message?.editedAt !== undefined && (
          <button
            type="button"
            className={css['edited']}
            tabIndex={tabIndex}
            onClick={() => actions.showVersions(message)}
          >
            {t('edited')}
          </button>
        )}
        <Time at={row.at} />
        {isOwn && <State row={row} isRead={isRead} />}
      </Meta>
    </div>
  );
}

function Meta({ children }: { children: ReactNode }) {
  return <div className={css['meta']}>{children}</div>;
}

function Time({ at }: { at: string }) {
  const format = useFormat();
  return <time dateTime={at}>{format.time(at)}</time>;
}

/** Where one's own message is: waiting, sent, read; or refused. */
function State({ row, isRead }: { row: Row; isRead: boolean }) {
  const t = useText('chat');
  // Nothing is promised before it is kept in this browser, a moment later.
  if (row.outgoing !== null && row.outgoing.failure === null && !row.outgoing.isKept) return null;
  const failed = row.outgoing !== null && row.outgoing.failure !== null;
  const state = failed ? 'failed' : row.outgoing !== null ? 'waiting' : isRead ? 'read' : 'sent';
  const icon = ({ failed: 'alert', waiting: 'clock', read: 'checks', sent: 'check' } as const)[state];
  return (
    <span className={cx(css['state'], css[state])} data-state={state}>
      <Icon name={icon} size={16} />
      <Unseen>{t(`state.${state}`)}</Unseen>
    </span>
  );
}

function Actions({ row, isOwn, isActive, isOpen, actions }: RowProps) {
  const t = useText('chat');
  const { message } = row;
  if (message === null) return null;
  const items: MenuItem[] = [
    ...(isOpen ? [{ label: t('reply'), icon: 'reply' as const, onSelect: () => actions.reply(message) }] : []),
    ...(message.text ? [{ label: t('copy'), icon: 'file' as const, onSelect: () => actions.copy(message) }] : []),
    ...(isOpen && isOwn && actions.canEdit(message)
      ? [{ label: t('edit'), icon: 'edit' as const, onSelect: () => actions.edit(message) }]
      : []),
    ...(isOpen && isOwn
      ? [{ label: t('retract'), icon: 'trash' as const, danger: true, onSelect: () => actions.retract(message) }]
      : []),
  ];
  if (items.length === 0) return null;
  return (
    <div className={css['actions']}>
      <Menu
        label={t('actions')}
        items={items}
        align={isOwn ? 'start' : 'end'}
        trigger={<Icon name="more" />}
        tabIndex={isActive ? 0 : -1}
      />
    </div>
  );
}

/** The server will not take it: why, and what can be done. */
function Failed({ row, actions }: RowProps) {
  const t = useText('chat');
  const problemText = useProblemText();
  const { outgoing } = row;
  if (outgoing === null || outgoing.failure === null) return null;
  const error = new OpenwardError({ code: outgoing.failure as OpenwardError['code'] });
  return (
    <div className={css['failed']}>
      <p>{problemText.of(error)}</p>
      <Button size="small" icon="refresh" onClick={() => actions.tryAgain(outgoing)}>
        {t('again')}
      </Button>
      <Button size="small" variant="quiet" onClick={() => actions.discard(outgoing)}>
        {t('discard')}
      </Button>
    </div>
  );
}

function Day({ at }: { at: string }) {
  const t = useText('chat');
  const format = useFormat();
  const now = new Date();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  const isThisYear = new Date(at).getFullYear() === now.getFullYear();
  const said =
    dayOf(at) === dayOf(now)
      ? t('today')
      : dayOf(at) === dayOf(yesterday)
        ? t('yesterday')
        : isThisYear
          ? format.weekday(at)
          : format.date(at);
  return (
    <div className={css['day']}>
      <span>{said}</span>
    </div>
  );
}
