import type { Diagnosis } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { Soft } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import css from './record.module.css';

/** Of a diagnosis that was corrected: when, and the way to what it said before. Of others nothing. */
export function DiagnosisHistory({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useText('record');
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const { correctedAt, title } = diagnosis;
  if (correctedAt === null) return null;
  return (
    <Notice kind="info" title={t('history.corrected', { when: format.dateTime(correctedAt) })}>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('history.show')}
      </Button>
      <Dialog title={t('history.title', { title })} open={isOpen} onClose={() => setOpen(false)}>
        <Versions diagnosis={diagnosis} />
      </Dialog>
    </Notice>
  );
}

function Versions({ diagnosis: { id: diagnosisId, requestId: id, version } }: { diagnosis: Diagnosis }) {
  const t = useText('record');
  const format = useFormat();
  const versions = usePages(['diagnosis-versions', diagnosisId, version], (cursor, signal) =>
    api.listDiagnosisVersions({ id, diagnosisId, cursor }, { signal }),
  );
  return (
    <>
      <QueryState query={versions}>
        {(items) => (
          <ol className={css['versions']}>
            {items.map(({ version, title, icd10, description, recommendations, reason, writtenBy, writtenAt }) => (
              <li key={version}>
                <h3>
                  {t('history.version', { version })}: {title}
                  {icd10 !== null && ` (${icd10})`}
                </h3>
                <Soft>{t('history.by', { name: writtenBy.fullName, when: format.dateTime(writtenAt) })}</Soft>
                {reason !== null && <p className={css['prose']}>{t('history.why', { reason })}</p>}
                <p className={css['prose']}>{description}</p>
                <p className={css['prose']}>{recommendations}</p>
              </li>
            ))}
          </ol>
        )}
      </QueryState>
      <LoadMore query={versions} />
    </>
  );
}
