import { useEffect, useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { IconButton } from '#ui/button.tsx';
import { cx } from '#ui/cx.ts';
import { Icon } from '#ui/icon.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { useFileSize } from './attachments.tsx';
import css from './composer.module.css';
import type { Upload } from './use-uploads.ts';

type ListProps = {
  uploads: readonly Upload[];
  onRemove: (id: string) => void;
  onRetry: (upload: Upload) => void;
};

/** The files that will go with the message, each with how far it is. */
export function UploadList({ uploads, onRemove, onRetry }: ListProps) {
  const t = useText('chat');
  if (uploads.length === 0) return null;
  return (
    <ul className={css['uploads']} aria-label={t('files.chosen')}>
      {uploads.map((upload) => (
        <UploadItem key={upload.id} upload={upload} onRemove={onRemove} onRetry={onRetry} />
      ))}
    </ul>
  );
}

function UploadItem({ upload, onRemove, onRetry }: Omit<ListProps, 'uploads'> & { upload: Upload }) {
  const t = useText('chat');
  const size = useFileSize();
  const problemText = useProblemText();
  const { id, file, sentBytes, attachment, error } = upload;
  const part = Math.min(100, Math.round((sentBytes / Math.max(1, file.size)) * 100));
  return (
    <li className={cx(css['upload'], error !== null && css['bad'])}>
      <Preview file={file} />
      <span className={css['about']}>
        <span className={css['name']}>{file.name}</span>
        {error !== null ? (
          <span role="alert">{problemText.of(error)}</span>
        ) : attachment !== null ? (
          <span>{size(file.size)}</span>
        ) : (
          <progress max={100} value={part} aria-label={t('files.progress', { name: file.name })} />
        )}
      </span>
      {error !== null && (
        <IconButton icon="refresh" label={t('files.again', { name: file.name })} onClick={() => onRetry(upload)} />
      )}
      <IconButton icon="close" label={t('files.remove', { name: file.name })} onClick={() => onRemove(id)} />
    </li>
  );
}

function Preview({ file }: { file: File }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!file.type.startsWith('image/')) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <span className={css['preview']}>{url === null ? <Icon name="file" size={24} /> : <img src={url} alt="" />}</span>
  );
}
