import type { Attachment } from '@openward/contracts';
import { useEffect, useRef, useState } from 'react';
import { api } from '#app/api.ts';
import { lazyDialog } from '#app/lazy-part.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, Spinner } from '#ui/button.tsx';
import { Icon } from '#ui/icon.tsx';
import { Unseen } from '#ui/layout.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './attachments.module.css';
import { saveAs } from './save-as.ts';

const ImageViewer = lazyDialog(async () => (await import('./image-viewer.tsx')).ImageViewer);

const downloadTimeoutMs = 5 * 60_000;

type FilesProps = { roomId: string; files: readonly Attachment[]; tabIndex: number };
type FileProps = { roomId: string; file: Attachment; tabIndex: number };

export function Attachments({ roomId, files, tabIndex }: FilesProps) {
  return (
    <ul className={css['files']}>
      {files.map((file) => (
        <li key={file.id}>
          {file.type === 'application/pdf' ? (
            <File roomId={roomId} file={file} tabIndex={tabIndex} />
          ) : (
            <Picture roomId={roomId} file={file} tabIndex={tabIndex} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** Its bytes as an address in memory; loaded when it comes near, let go of when it goes. */
function usePicture(roomId: string, file: Attachment) {
  const place = useRef<HTMLButtonElement>(null);
  const [shown, setShown] = useState<{ url: string; blob: Blob } | null>(null);
  /** Which attempt has failed: the one after it is under way. */
  const [failedAt, setFailedAt] = useState(-1);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    let made: string | null = null;
    const load = async () => {
      try {
        const input = { id: roomId, attachmentId: file.id };
        const blob = await api.openAttachment(input, { signal: abort.signal, timeoutMs: downloadTimeoutMs });
        made = URL.createObjectURL(blob);
        setShown({ url: made, blob });
      } catch {
        if (!abort.signal.aborted) setFailedAt(attempt);
      }
    };
    const watcher = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting !== true) return;
        watcher.disconnect();
        void load();
      },
      { rootMargin: '600px' },
    );
    if (place.current !== null) watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      abort.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [roomId, file.id, attempt]);
  return {
    place,
    shown,
    failed: failedAt === attempt,
    retry: () => setAttempt(attempt + 1),
  };
}

/** A picture, small. Its place is kept before it is there, so that nothing jumps. */
function Picture({ roomId, file, tabIndex }: FileProps) {
  const t = useText('chat');
  const { place, shown, failed, retry } = usePicture(roomId, file);
  const [open, setOpen] = useState(false);
  const { width = 4, height = 3, name } = file;
  const ratio = Math.min(2.4, Math.max(0.6, width / Math.max(1, height)));
  return (
    <>
      <button
        ref={place}
        type="button"
        className={css['picture']}
        tabIndex={tabIndex}
        style={{ aspectRatio: ratio }}
        aria-label={failed ? t('files.again', { name }) : t('files.view', { name })}
        onClick={() => (failed ? retry() : setOpen(shown !== null))}
      >
        {shown !== null && <img src={shown.url} alt="" />}
        {failed && <Icon name="refresh" size={28} />}
        {shown === null && !failed && <Spinner />}
      </button>
      {open && shown !== null && <ImageViewer {...shown} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

/** A document is never opened here: it is put where the person keeps theirs. */
function File({ roomId, file, tabIndex }: FileProps) {
  const t = useText('chat');
  const size = useFileSize();
  const problemText = useProblemText();
  const [busy, setBusy] = useState(false);
  async function download(): Promise<void> {
    setBusy(true);
    try {
      const blob = await api.openAttachment({ id: roomId, attachmentId: file.id }, { timeoutMs: downloadTimeoutMs });
      saveAs(blob, file.name);
    } catch (error) {
      toast(problemText.of(error), 'danger');
    } finally {
      setBusy(false);
    }
  }
  return (
    <span className={css['file']}>
      <Button icon="download" tabIndex={tabIndex} busy={busy} onClick={() => void download()}>
        <span className={css['name']}>
          <span>{file.name}</span> <span className={css['size']}>{size(file.sizeBytes)}</span>
        </span>
        <Unseen>{t('download')}</Unseen>
      </Button>
    </span>
  );
}

export function useFileSize(): (bytes: number) => string {
  const format = useFormat();
  return (bytes) =>
    bytes < 1_000_000
      ? format.number(Math.max(1, Math.round(bytes / 1000)), { style: 'unit', unit: 'kilobyte' })
      : format.number(bytes / 1_000_000, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
}
