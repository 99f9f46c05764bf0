import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { TextField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';

type Answer = Awaited<ReturnType<typeof api.verifySummary>>;

/** For whoever holds a summary on paper, a pharmacist above all: whether it is ours, and still the newest. */
export function Page() {
  const t = useText('record');
  const [answer, setAnswer] = useState<Answer | null>(null);
  return (
    <PageBody title={t('check.title')} lead={t('check.lead')} width="narrow">
      <Card>
        <Form
          label={t('check.title')}
          onSubmit={async (values) => {
            setAnswer(null);
            setAnswer(await api.verifySummary({ code: values.text('code') }));
          }}
          actions={({ busy }) => (
            <Button type="submit" variant="primary" busy={busy}>
              {t('check.button')}
            </Button>
          )}
        >
          <TextField
            name="code"
            label={t('check.code')}
            hint={t('check.hint')}
            maxLength={100}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
          />
        </Form>
        <div role="status">{answer !== null && <Verdict answer={answer} />}</div>
      </Card>
    </PageBody>
  );
}

function Verdict({ answer: { result, madeAt, replacedAt } }: { answer: Answer }) {
  const t = useText('record');
  const format = useFormat();
  const made = madeAt === null ? '' : format.dateTime(madeAt);
  if (result === 'current') {
    return (
      <Notice kind="good" title={t('check.current')}>
        <p>{t('check.current.text', { when: made })}</p>
      </Notice>
    );
  }
  if (result === 'replaced') {
    return (
      <Notice kind="warning" title={t('check.replaced')}>
        <p>
          {t('check.replaced.text', { when: made, replaced: replacedAt === null ? '' : format.dateTime(replacedAt) })}
        </p>
      </Notice>
    );
  }
  return (
    <Notice kind="danger" title={t('check.unknown')}>
      <p>{t('check.unknown.text')}</p>
    </Notice>
  );
}
