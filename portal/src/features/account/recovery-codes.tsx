import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { Row } from '#ui/layout.tsx';
import { toast } from '#ui/toast.tsx';
import css from './account.module.css';

/** Shown this once: who loses the phone logs in with one of these. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useText('account');
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(codes.join('\n'));
      toast(t('recovery.copied'));
    } catch {
      toast(t('recovery.notCopied'), 'danger');
    }
  }
  return (
    <Dialog title={t('recovery.title')} open={codes.length > 0} onClose={onKept} once>
      <p>{t('recovery.text')}</p>
      <ul className={css['codes']}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Row>
        <Button onClick={() => void copy()}>{t('recovery.copy')}</Button>
        <Button variant="primary" onClick={onKept}>
          {t('recovery.kept')}
        </Button>
      </Row>
    </Dialog>
  );
}
