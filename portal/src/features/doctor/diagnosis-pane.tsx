import type { CareRequest } from '@openward/contracts';
import { useRef, useState } from 'react';
import { useText } from '#i18n/use-text.ts';
import { DiagnosisHistory } from '#record/history.tsx';
import { SummaryButton } from '#record/summary-button.tsx';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { cx } from '#ui/cx.ts';
import css from './consultation.module.css';
import { Correction } from './correction.tsx';
import { DiagnosisForm } from './diagnosis-form.tsx';
import { Finding } from './finding.tsx';
import { useDiagnosisDraft } from './use-diagnosis-draft.ts';

/** What was found in this consultation, and the form for the next finding. */
export function DiagnosisPane({ request: { id, status, diagnoses } }: { request: CareRequest }) {
  const t = useText('doctor');
  const draft = useDiagnosisDraft(id);
  const [isAsked, setAsked] = useState(false);
  const pane = useRef<HTMLDivElement>(null);
  const isWriting = isAsked || draft.hasText;
  const canWrite = status === 'accepted' || status === 'diagnosed';
  return (
    <div ref={pane} tabIndex={-1} className={cx(css['pane'], css['region'])}>
      {diagnoses.toReversed().map((diagnosis) => (
        <Card key={diagnosis.id} title={diagnosis.title}>
          <Finding diagnosis={diagnosis} />
          <DiagnosisHistory diagnosis={diagnosis} />
          <Correction diagnosis={diagnosis} />
        </Card>
      ))}
      {diagnoses.length > 0 && (
        <div>
          <SummaryButton requestId={id} />
        </div>
      )}
      {canWrite && (diagnoses.length === 0 || isWriting) && (
        <Card title={diagnoses.length === 0 ? t('diagnosis.first') : t('diagnosis.further')}>
          <DiagnosisForm
            requestId={id}
            draft={draft}
            onSent={() => {
              setAsked(false);
              // The form is gone, and its button with the focus on it.
              pane.current?.focus();
            }}
          />
        </Card>
      )}
      {canWrite && diagnoses.length > 0 && !isWriting && (
        <div>
          <Button icon="plus" onClick={() => setAsked(true)}>
            {t('diagnosis.add')}
          </Button>
        </div>
      )}
      {!canWrite && <p className={css['meta']}>{t('diagnosis.closed')}</p>}
    </div>
  );
}
