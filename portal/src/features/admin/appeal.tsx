import type { Appeal as AppealFacts, UserForAdmin } from '@openward/contracts';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { ChoiceField, TextArea } from '#ui/field.tsx';
import { Soft } from '#ui/layout.tsx';
import { ActionDialog } from './action-dialog.tsx';
import css from './admin.module.css';

const decisions = ['lift', 'keep'] as const;

/** What somebody said against a block, and the answer: given already, or still to give. */
export function Appeal({
  appeal,
  user,
  canAnswer,
}: {
  appeal: AppealFacts;
  user: Pick<UserForAdmin, 'id'>;
  canAnswer: boolean;
}) {
  const t = useText('admin');
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const { text, madeAt, decision, answer, answeredAt } = appeal;
  return (
    <>
      <div className={css['line']}>
        <strong>{t('appeal.said', { when: format.dateTime(madeAt) })}</strong>
        {decision === null && canAnswer && <Badge tone="warning">{t('appeal.open')}</Badge>}
      </div>
      <p className={css['prose']}>{text}</p>
      {decision !== null && (
        <>
          <Soft>
            {t('appeal.answered', { when: format.dateTime(answeredAt ?? madeAt) })} · {t(`appeal.decision.${decision}`)}
          </Soft>
          <p className={css['prose']}>{answer}</p>
        </>
      )}
      {decision === null && canAnswer && (
        <div>
          <Button size="small" icon="reply" onClick={() => setOpen(true)}>
            {t('appeal.answer')}
          </Button>
        </div>
      )}
      <ActionDialog
        title={t('appeal.answer.title')}
        open={isOpen}
        onClose={() => setOpen(false)}
        confirm={t('appeal.answer.button')}
        reason="none"
        done={t('appeal.answer.done')}
        action={(_, values) =>
          api.answerAppeal({
            id: user.id,
            decision: decisions.find((name) => name === values.text('decision')) ?? 'keep',
            text: values.text('text'),
          })
        }
      >
        <p className={css['prose']}>{text}</p>
        <ChoiceField
          name="decision"
          label={t('appeal.decision')}
          options={decisions.map((name) => ({ value: name, label: t(`appeal.decision.${name}`) }))}
        />
        <TextArea
          name="text"
          label={t('appeal.answer.text')}
          hint={t('appeal.answer.hint')}
          maxLength={2000}
          rows={4}
          required
        />
      </ActionDialog>
    </>
  );
}
