import { useEffect, useRef } from 'react';
import { useText } from '#i18n/use-text.ts';
import { IconButton } from '#ui/button.tsx';
import css from './attachments.module.css';
import { saveAs } from './save-as.ts';

type ViewerProps = { url: string; blob: Blob; name: string; onClose: () => void };

/** A picture as large as the screen has room for. */
export function ImageViewer({ url, blob, name, onClose }: ViewerProps) {
  const t = useText('chat');
  const shell = useText('shell');
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} className={css['viewer']} aria-label={name} onClose={onClose}>
      <div className={css['bar']}>
        <span className={css['title']} aria-hidden="true">
          {name}
        </span>
        <IconButton icon="download" label={t('files.download', { name })} onClick={() => saveAs(blob, name)} />
        <IconButton icon="close" label={shell('close')} onClick={onClose} />
      </div>
      <img src={url} alt={name} />
    </dialog>
  );
}
