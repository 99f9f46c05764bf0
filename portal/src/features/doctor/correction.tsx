import type { Diagnosis } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { TextArea, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';
import { CodeField } from './code-field.tsx';

/** The way to correct what was diagnosed, also when the consultation is closed. */
export function Correction({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useText('doctor');
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <Button size="small" icon="edit" onClick={() => setOpen(true)}>
        {t('correct.button')}
      </Button>
      <Dialog title={t('correct.title')} open={isOpen} onClose={() => setOpen(false)}>
        <CorrectionForm diagnosis={diagnosis} onDone={() => setOpen(false)} />
      </Dialog>
    </div>
  );
}

function CorrectionForm({ diagnosis, onDone }: { diagnosis: Diagnosis; onDone: () => void }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const { id: diagnosisId, requestId: id, title, icd10, description, recommendations } = diagnosis;
  // What was read when the form was opened: another's correction since then is not written over.
  const [version] = useState(diagnosis.version);

  async function send(values: FormValues): Promise<void> {
    const code = values.optional('icd10');
    const correction = {
      title: values.text('title'),
      description: values.text('description'),
      recommendations: values.text('recommendations'),
      reason: values.text('reason'),
      ...(code === undefined ? {} : { icd10: code }),
    };
    await api.correctDiagnosis({ id, diagnosisId, version, ...correction }, { idempotencyKey });
    await Promise.all(
      ['request', 'requests', 'patient'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
    );
    toast(t('correct.done'));
    onDone();
  }

  return (
    <Form
      label={t('correct.title')}
      onSubmit={send}
      actions={({ busy }) => (
        <Button type="submit" variant="primary" busy={busy} icon="send" wide>
          {t('correct.send')}
        </Button>
      )}
    >
      <p>{t('correct.text')}</p>
      <TextField name="title" label={t('diagnosis.title')} defaultValue={title} maxLength={200} required />
      <CodeField defaultValue={icd10 ?? ''} />
      <TextArea
        name="description"
        label={t('diagnosis.description')}
        defaultValue={description}
        maxLength={8000}
        required
        rows={5}
      />
      <TextArea
        name="recommendations"
        label={t('diagnosis.recommendations')}
        defaultValue={recommendations}
        maxLength={8000}
        required
        rows={5}
      />
      <TextArea
        name="reason"
        label={t('correct.reason')}
        hint={t('correct.reason.hint')}
        maxLength={1000}
        required
        rows={3}
      />
    </Form>
  );
}
