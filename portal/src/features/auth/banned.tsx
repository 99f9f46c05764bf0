import type { OpenwardError } from '@openward/client';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { useProblemText } from '#ui/use-problem-text.ts';

/** Why somebody cannot log in, and what they can say against it or were answered. */
export function Banned({ error }: { error: OpenwardError }) {
  const t = useText('auth');
  const format = useFormat();
  const problemText = useProblemText();
  const { appeal, appealToken } = error.ban ?? {};
  return (
    <>
      <p>{problemText.of(error)}</p>
      {appealToken !== undefined && (
        <p>
          <Link href={`/ban-appeal#token=${appealToken}`}>{t('appeal.link')}</Link>
        </p>
      )}
      {appeal !== undefined && appeal.decision === null && (
        <p>{t('appeal.waits', { when: format.dateTime(appeal.madeAt) })}</p>
      )}
      {appeal !== undefined && appeal.decision === 'keep' && (
        <>
          <p>{t('appeal.kept')}</p>
          <p>{appeal.answer}</p>
        </>
      )}
    </>
  );
}
