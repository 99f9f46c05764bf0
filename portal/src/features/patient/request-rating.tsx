import type { CareRequest } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Star, Stars } from '#ui/stars.tsx';
import { toast } from '#ui/toast.tsx';
import css from './request.module.css';

const values = [1, 2, 3, 4, 5];

/** The patient's rating of the care that was had: given once, then shown. */
export function RequestRating({ request: { id, rating, doctor, diagnoses } }: { request: CareRequest }) {
  const t = useText('patient');
  const format = useFormat();
  const queries = useQueryClient();
  const [stars, setStars] = useState(0);
  // Whoever diagnosed last is rated, also when somebody else has the request since, or has corrected it.
  const last = diagnoses.at(-1);
  const hasDiagnosed = doctor !== null && last?.doctorId === doctor.id && last.correctedAt === null;
  const title = hasDiagnosed ? t('rate.title', { name: doctor.fullName }) : t('rate.diagnosed');
  if (rating !== null)
    return (
      <Card title={t('rate.yours')}>
        <Stars value={rating.stars} label={t('rating.of', { value: format.number(rating.stars) })} />
        {rating.comment !== null && <p className={css['prose']}>{rating.comment}</p>}
      </Card>
    );
  return (
    <Card title={title}>
      <Form
        label={title}
        onSubmit={async (form) => {
          const comment = form.optional('comment');
          await api.rateRequest({ id, stars, ...(comment === undefined ? {} : { comment }) });
          await queries.invalidateQueries({ queryKey: ['request', id] });
          toast(t('rate.done'));
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy}>
            {t('rate.button')}
          </Button>
        )}
      >
        <fieldset className={css['rate']}>
          <legend>{t('rate.stars')}</legend>
          {values.map((value) => (
            <label key={value}>
              <input
                type="radio"
                name="stars"
                value={value}
                required
                checked={stars === value}
                onChange={() => setStars(value)}
                aria-label={t('rating.of', { value: format.number(value) })}
              />
              <Star isFull={value <= stars} />
            </label>
          ))}
        </fieldset>
        <TextArea name="comment" label={t('rate.comment')} hint={t('rate.comment.hint')} maxLength={2000} rows={3} />
      </Form>
    </Card>
  );
}
