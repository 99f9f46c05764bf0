import { Link } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';
import { Icon } from '#ui/icon.tsx';
import { toast } from '#ui/toast.tsx';
import css from './admin.module.css';

/** The end of an id, where ids of the same time differ; whole by pressing it, and where it is somebody's, a way there. */
export function ShortId({ id, href }: { id: string; href?: string | undefined }) {
  const t = useText('admin');
  const short = id.length > 12 ? `…${id.slice(-8)}` : id;

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(id);
      toast(t('id.copied'));
    } catch {
      toast(t('id.notCopied', { id }), 'danger');
    }
  }

  return (
    <span className={css['id']}>
      {href === undefined ? (
        <code title={id}>{short}</code>
      ) : (
        <Link href={href} title={id}>
          <code>{short}</code>
        </Link>
      )}
      <button
        type="button"
        aria-label={t('id.copy', { id: short })}
        title={t('id.copy', { id: short })}
        onClick={() => void copy()}
      >
        <Icon name="copy" size={16} />
      </button>
    </span>
  );
}
