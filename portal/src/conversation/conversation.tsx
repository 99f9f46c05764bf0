import type { Chat } from '@openward/client';
import type { Message, Room } from '@openward/contracts';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { api } from '#app/api.ts';
import { lazyDialog } from '#app/lazy-part.tsx';
import { useHolder } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { cx } from '#ui/cx.ts';
import { ConfirmDialog } from '#ui/dialog.tsx';
import { Icon } from '#ui/icon.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { Failure } from '#ui/query-state.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { type ConversationActions, isEditable, PeopleContext } from './actions.ts';
import { useChat } from './chat.ts';
import { Composer, type ComposerHandle, type Mode } from './composer.tsx';
import css from './conversation.module.css';
import { ConnectionBanner, ConversationHeader } from './conversation-header.tsx';
import { useRoom } from './rooms.ts';
import { Timeline } from './timeline.ts';
import { TimelineView } from './timeline-view.tsx';
import { useGivenFiles } from './use-given-files.ts';

const FindPanel = lazyDialog(async () => (await import('./find-panel.tsx')).FindPanel);
const VersionsDialog = lazyDialog(async () => (await import('./versions-dialog.tsx')).VersionsDialog);

const noWords: readonly string[] = [];

/** A room to talk in. `compact`: as a part of a page that has a heading of its own. */
export function Conversation({ roomId, compact = false }: { roomId: string; compact?: boolean }) {
  const t = useText('chat');
  const chat = useChat();
  const holder = useHolder();
  const room = useRoom(roomId);
  if (chat === null || holder === null) return null;
  if (room.data !== undefined)
    return <Opened key={`${holder.id} ${roomId}`} chat={chat} room={room.data} ownId={holder.id} compact={compact} />;
  const rest = room.isError ? (
    <Failure error={room.error} onRetry={() => void room.refetch()} />
  ) : (
    <Skeleton shape="rows" />
  );
  return <div className={css['before']}>{compact ? rest : <PageBody title={t('title')}>{rest}</PageBody>}</div>;
}

type OpenedProps = { chat: Chat; room: Room; ownId: string; compact: boolean };

function Opened({ chat, room, ownId, compact }: OpenedProps) {
  const t = useText('chat');
  const timeline = useTimeline(chat, room, ownId);
  const composer = useRef<ComposerHandle>(null);
  const [mode, setMode] = useState<Mode>({ kind: 'new' });
  const [isFinding, setFinding] = useState(false);
  const [words, setWords] = useState(noWords);
  const { actions, dialogs } = useActions(timeline, setMode);
  const people = usePeople(room, timeline, ownId);
  const isOpen = room.status === 'open';
  const given = useGivenFiles((files) => {
    if (isOpen) composer.current?.addFiles(files);
    else toast(t('closed'), 'danger');
  });

  return (
    <PeopleContext value={people}>
      <section
        className={cx(css['conversation'], compact && css['compact'])}
        aria-label={t('title')}
        {...given.handlers}
      >
        <ConversationHeader
          {...{ chat, room, ownId, compact, isFinding }}
          onFind={() => {
            setFinding(!isFinding);
            setWords(noWords);
          }}
        />
        <ConnectionBanner chat={chat} />
        {isFinding && (
          <FindPanel
            roomId={room.id}
            onWords={setWords}
            onGoTo={actions.goTo}
            onDate={(since) => timeline.goToTime(since)}
            onClose={() => {
              setFinding(false);
              setWords(noWords);
            }}
          />
        )}
        <TimelineView timeline={timeline} room={room} words={words} actions={actions} />
        {isOpen ? (
          <Composer
            ref={composer}
            roomId={room.id}
            ownId={ownId}
            mode={mode}
            onMode={setMode}
            onTyping={() => chat.typing(room.id)}
            onSend={(draft) => timeline.send(draft)}
            onEdit={async ({ seq }, text) => timeline.changed(await api.editMessage({ id: room.id, seq, text }))}
            onEditLast={() => {
              const last = timeline.getState().messages.findLast((message) => message.senderId === ownId);
              if (last !== undefined && isEditable(last)) setMode({ kind: 'edit', message: last });
            }}
          />
        ) : (
          <p className={css['closed']}>
            <Icon name="lock" /> {t('closed')}
          </p>
        )}
        {given.isOver && (
          <div className={css['drop']} aria-hidden="true">
            <Icon name={isOpen ? 'paperclip' : 'lock'} size={32} /> {isOpen ? t('files.drop') : t('closed')}
          </div>
        )}
        {dialogs}
      </section>
    </PeopleContext>
  );
}

function useTimeline(chat: Chat, room: Room, ownId: string): Timeline {
  // How far one had read when one came is what the line shows: later news of the room are not to move it.
  const first = useRef(room);
  const timeline = useMemo(() => new Timeline(chat, first.current, ownId), [chat, ownId]);
  useEffect(() => timeline.start(first.current.unread), [timeline]);
  return timeline;
}

function usePeople(room: Room, timeline: Timeline, ownId: string) {
  const t = useText('chat');
  const names = JSON.stringify(room.members.map(({ id, fullName }) => [id, fullName]));
  const [you, former] = [t('you'), t('former')];
  return useMemo(() => {
    const known = new Map<string, string>(JSON.parse(names));
    return {
      nameOf: (id: string) => (id === ownId ? you : (known.get(id) ?? former)),
      subscribe: timeline.subscribe,
      find: (seq: number) => {
        const { messages } = timeline.getState();
        return messages[seq - (messages[0]?.seq ?? 0)];
      },
    };
  }, [names, timeline, ownId, you, former]);
}

/** What the messages' menus do, and the dialogs that some of it needs. */
function useActions(timeline: Timeline, setMode: (mode: Mode) => void) {
  const t = useText('chat');
  const problemText = useProblemText();
  const [retracting, setRetracting] = useState<Message | null>(null);
  const [versionsOf, setVersionsOf] = useState<Message | null>(null);
  const [busy, setBusy] = useState(false);
  const say = useRef({ failure: problemText.of, copied: t('copied') });
  useEffect(() => {
    say.current = { failure: problemText.of, copied: t('copied') };
  });
  const report = useCallback((error: unknown) => toast(say.current.failure(error), 'danger'), []);
  const actions = useMemo(
    (): ConversationActions => ({
      reply: (message) => setMode({ kind: 'reply', message }),
      edit: (message) => setMode({ kind: 'edit', message }),
      retract: setRetracting,
      copy: ({ text }) => void navigator.clipboard.writeText(text ?? '').then(() => toast(say.current.copied), report),
      showVersions: setVersionsOf,
      goTo: (seq) => void timeline.goTo(seq).catch(report),
      goToEnd: () => void timeline.goToEnd().catch(report),
      canEdit: isEditable,
      tryAgain: (outgoing) => timeline.tryAgain(outgoing),
      discard: ({ entry }) => timeline.discard(entry.clientId),
    }),
    [timeline, setMode, report],
  );

  async function retract(message: Message): Promise<void> {
    setBusy(true);
    try {
      await api.retractMessage({ id: timeline.roomId, seq: message.seq });
      const retractedAt = new Date().toISOString();
      timeline.changed({ seq: message.seq, text: null, attachments: [], retractedAt });
      setRetracting(null);
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  }

  const dialogs = (
    <>
      <ConfirmDialog
        title={t('retract.title')}
        open={retracting !== null}
        onClose={() => setRetracting(null)}
        confirm={t('retract')}
        danger
        busy={busy}
        onConfirm={() => {
          if (retracting !== null) void retract(retracting);
        }}
      >
        <p>{t('retract.text')}</p>
      </ConfirmDialog>
      {versionsOf !== null && (
        <VersionsDialog roomId={timeline.roomId} message={versionsOf} onClose={() => setVersionsOf(null)} />
      )}
    </>
  );
  return { actions, dialogs };
}
