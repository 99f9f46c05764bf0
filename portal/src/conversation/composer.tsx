import type { messageMaxChars as contractMaxChars, Message } from '@openward/contracts';
import { type KeyboardEvent, type Ref, useContext, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { IconButton, Spinner } from '#ui/button.tsx';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { PeopleContext } from './actions.ts';
import css from './composer.module.css';
import { keep, readKept } from './kept.ts';
import { useSummary } from './quote.tsx';
import type { Draft } from './timeline-state.ts';
import { UploadList } from './upload-list.tsx';
import { type Rejected, takenTypes, useUploads } from './use-uploads.ts';

const maxChars: typeof contractMaxChars = 8000;

/** What the next message is: a new one, the answer to one, or another text for one. */
export type Mode = { kind: 'new' } | { kind: 'reply' | 'edit'; message: Message };

export type ComposerHandle = { addFiles(files: readonly File[]): void };

type ComposerProps = {
  ref: Ref<ComposerHandle>;
  roomId: string;
  ownId: string;
  mode: Mode;
  onMode: (mode: Mode) => void;
  onTyping: () => void;
  onSend: (draft: Draft) => void;
  /** @throws OpenwardError */
  onEdit: (message: Message, text: string) => Promise<void>;
  onEditLast: () => void;
};

/** Where one writes. What is written is kept until it is sent, for each room. */
export function Composer(props: ComposerProps) {
  const { ref, roomId, mode, onMode, onTyping, onEditLast } = props;
  const t = useText('chat');
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const files = useUploads(roomId);
  const [rejected, setRejected] = useState<readonly Rejected[]>([]);
  const { text, setText, submit, busy } = useDraft(props, files);
  const isTooLong = [...text].length > maxChars;
  const hasContent = /\S/.test(text) || (mode.kind !== 'edit' && files.uploads.length > 0);
  const canSend = hasContent && !isTooLong && !busy && (mode.kind === 'edit' || !files.isBusy);

  function addFiles(chosen: readonly File[]): void {
    setRejected(mode.kind === 'edit' ? chosen.map(({ name }) => ({ name, why: 'edit' })) : files.add(chosen));
    field.current?.focus();
  }
  useImperativeHandle(ref, () => ({ addFiles }));
  useEffect(() => {
    if (mode.kind !== 'new') field.current?.focus();
  }, [mode]);
  useEffect(() => {
    if (text === '' && field.current !== null) field.current.style.height = '';
  }, [text]);

  function press(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing) return;
    // On a phone there is no other way to a new line.
    const isSending = event.key === 'Enter' && !event.shiftKey && !matchMedia('(pointer: coarse)').matches;
    if (isSending) {
      event.preventDefault();
      if (canSend) void submit();
    } else if (event.key === 'Escape' && mode.kind !== 'new') {
      event.stopPropagation();
      onMode({ kind: 'new' });
    } else if (event.key === 'ArrowUp' && text === '' && mode.kind === 'new') {
      event.preventDefault();
      onEditLast();
    }
  }

  return (
    <form
      className={css['composer']}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) void submit();
      }}
    >
      {mode.kind !== 'new' && <About mode={mode} onCancel={() => onMode({ kind: 'new' })} />}
      <UploadList
        uploads={files.uploads}
        onRemove={files.remove}
        onRetry={({ id, file }) => void files.retry(id, file)}
      />
      <div role="alert">
        {(mode.kind === 'edit' ? rejected : rejected.filter(({ why }) => why !== 'edit')).map(({ name, why }) => (
          <p key={name} className={css['wrong']}>
            {t(`files.not.${why}`, { name })}
          </p>
        ))}
      </div>
      {isTooLong && (
        <p className={css['wrong']} role="alert">
          {t('tooLong', { max: maxChars })}
        </p>
      )}
      <div className={css['line']}>
        {mode.kind !== 'edit' && (
          <IconButton icon="paperclip" label={t('files.add')} onClick={() => picker.current?.click()} />
        )}
        <input
          ref={picker}
          type="file"
          hidden
          multiple
          accept={takenTypes.join(',')}
          onChange={({ target }) => {
            addFiles([...(target.files ?? [])]);
            target.value = '';
          }}
        />
        <textarea
          ref={field}
          className={css['field']}
          rows={1}
          aria-label={t('write')}
          placeholder={t('write')}
          value={text}
          enterKeyHint="enter"
          onChange={({ target }) => {
            setText(target.value);
            setRejected([]);
            grow(target);
            if (target.value !== '' && mode.kind !== 'edit') onTyping();
          }}
          onKeyDown={press}
        />
        <button
          type="submit"
          className={css['send']}
          aria-label={mode.kind === 'edit' ? t('save') : t('send')}
          aria-disabled={!canSend}
        >
          {busy ? <Spinner /> : <Icon name={mode.kind === 'edit' ? 'check' : 'send'} />}
        </button>
      </div>
    </form>
  );
}

/** The text, kept in this tab until it is sent; that of an edit is apart, so that the draft is there again afterwards. */
function useDraft(
  { roomId, ownId, mode, onMode, onSend, onEdit }: ComposerProps,
  files: ReturnType<typeof useUploads>,
) {
  const [draft, setDraft] = useState(() => readKept<string>(ownId, `draft.${roomId}`) ?? '');
  const [edited, setEdited] = useState('');
  const [busy, setBusy] = useState(false);
  const problemText = useProblemText();
  const editing = mode.kind === 'edit' ? mode.message : null;
  useEffect(() => setEdited(editing?.text ?? ''), [editing]);

  function setText(text: string): void {
    if (editing !== null) {
      setEdited(text);
      return;
    }
    setDraft(text);
    keep(ownId, `draft.${roomId}`, text);
  }

  async function submit(): Promise<void> {
    if (editing === null) {
      onSend({
        text: draft.trim(),
        replyToSeq: mode.kind === 'reply' ? mode.message.seq : undefined,
        files: files.take(),
      });
      setText('');
      onMode({ kind: 'new' });
      return;
    }
    setBusy(true);
    try {
      if (edited.trim() !== editing.text) await onEdit(editing, edited.trim());
      onMode({ kind: 'new' });
    } catch (error) {
      toast(problemText.of(error), 'danger');
    } finally {
      setBusy(false);
    }
  }
  return { text: editing === null ? draft : edited, setText, submit, busy };
}

function About({ mode, onCancel }: { mode: Exclude<Mode, { kind: 'new' }>; onCancel: () => void }) {
  const t = useText('chat');
  const { nameOf } = useContext(PeopleContext);
  const summary = useSummary();
  const { kind, message } = mode;
  return (
    <div className={css['about']}>
      <Icon name={kind} />
      <span className={css['what']}>
        <strong>{kind === 'reply' ? t('replyTo', { name: nameOf(message.senderId) }) : t('editing')}</strong>
        <span className={cx(css['summary'])}>{summary(message)}</span>
      </span>
      <IconButton icon="close" label={kind === 'reply' ? t('reply.cancel') : t('edit.cancel')} onClick={onCancel} />
    </div>
  );
}

/** Grows with its text where the browser does not do so by itself. */
function grow(field: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
