import { useText } from '#i18n/use-text.ts';
import { Icon } from '#ui/icon.tsx';
import { useOnline } from '../online.ts';
import css from './shell.module.css';

/** Says that there is no network, and that nothing is lost. The region is always there, so that it is read out. */
export function OfflineBanner() {
  const t = useText('shell');
  const isOnline = useOnline();
  return (
    <div role="status">
      {!isOnline && (
        <p className={css['offline']}>
          <Icon name="alert" size={18} /> {t('offline')}
        </p>
      )}
    </div>
  );
}
