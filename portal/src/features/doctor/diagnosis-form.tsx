import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { TextArea, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';
import { CodeField } from './code-field.tsx';
import css from './consultation.module.css';
import type { DiagnosisField, useDiagnosisDraft } from './use-diagnosis-draft.ts';

type DiagnosisFormProps = {
  requestId: string;
  draft: ReturnType<typeof useDiagnosisDraft>;
  onSent: () => void;
};

/** A finding for the patient. Every letter is kept on this device until the server has it. */
export function DiagnosisForm({ requestId, draft, onSent }: DiagnosisFormProps) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const [idempotencyKey] = useState(() => crypto.randomUUID());

  async function send(values: FormValues): Promise<void> {
    const icd10 = values.optional('icd10')?.toUpperCase();
    const finding = {
      title: values.text('title'),
      description: values.text('description'),
      recommendations: values.text('recommendations'),
      ...(icd10 === undefined ? {} : { icd10 }),
    };
    // The same key for each try: an answer that was lost makes no second diagnosis.
    await api.addDiagnosis({ id: requestId, ...finding }, { idempotencyKey });
    draft.forget();
    await Promise.all(
      ['request', 'requests', 'patient'].map((name) => queries.invalidateQueries({ queryKey: [name] })),
    );
    toast(t('diagnosis.done'));
    onSent();
  }

  const field = (name: DiagnosisField) => ({ name, defaultValue: draft.text(name) });
  return (
    <div
      onInput={({ target }) => {
        if (!(target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement)) return;
        draft.set(target.name, target.value);
      }}
    >
      <Form
        label={t('view.diagnosis')}
        onSubmit={send}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy} icon="send" wide>
            {t('diagnosis.send')}
          </Button>
        )}
      >
        <TextField {...field('title')} label={t('diagnosis.title')} maxLength={200} required />
        <CodeField defaultValue={draft.text('icd10')} />
        <TextArea {...field('description')} label={t('diagnosis.description')} maxLength={8000} required rows={5} />
        <TextArea
          {...field('recommendations')}
          label={t('diagnosis.recommendations')}
          hint={t('diagnosis.recommendations.hint')}
          maxLength={8000}
          required
          rows={5}
        />
        <p className={css['kept']}>{draft.hasText ? t('diagnosis.kept') : t('diagnosis.final')}</p>
      </Form>
    </div>
  );
}
