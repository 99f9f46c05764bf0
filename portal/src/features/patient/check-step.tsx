import { OpenwardError } from '@openward/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import type { Once } from '#app/draft.ts';
import { ownTimeZone } from '#app/free-slots.tsx';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { Form } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './ask.module.css';
import { type Asking, Buttons } from './asking.tsx';

type CheckProps = { asking: Asking; once: Once; onBack: () => void; onSent: () => void };

/** One last look, and sending it. */
export function CheckStep({ asking, once, onBack, onSent }: CheckProps) {
  const t = useText('patient');
  const problemText = useProblemText();
  const [, navigate] = useLocation();
  const send = useSend(asking, once.key);
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  const format = useFormat();
  const { doctorId, at, complaint, urgency = 'routine' } = asking;

  /** Whoever has gone on meanwhile stays there, and is told. */
  async function submit(): Promise<void> {
    once.trying();
    try {
      const path = await send();
      once.answered();
      onSent();
      if (isHere.current) navigate(path, { replace: true });
      else toast(t('ask.sent'));
    } catch (error) {
      // What was sent first has arrived: what is asked from now on is another question.
      if (error instanceof OpenwardError && error.code === 'idempotency-key-reused') once.answered();
      if (!isHere.current) toast(problemText.of(error), 'danger');
      throw error;
    }
  }

  return (
    <Card>
      <Form
        label={t('ask.step.check')}
        onSubmit={submit}
        explain={({ code }) => {
          if (code === 'idempotency-key-reused') return <Arrived isBooking={at !== undefined} />;
          return code === 'slot-taken' || code === 'slot-unavailable' ? <OtherTime doctorId={doctorId} /> : null;
        }}
        actions={({ busy }) => (
          <Buttons onBack={onBack} busy={busy}>
            <Button type="submit" variant="primary" busy={busy} icon="send">
              {at === undefined ? t('ask.send') : t('ask.book.send')}
            </Button>
          </Buttons>
        )}
      >
        <Facts
          items={[
            [t('ask.whom'), <Whom key="whom" asking={asking} />],
            ...(at === undefined ? [] : [[t('ask.book.when'), format.dateTime(at)] as const]),
            [t('ask.urgency'), t(`urgency.${urgency}`)],
          ]}
        />
        <blockquote className={css['complaint']}>{complaint}</blockquote>
        <p>{t('ask.check.hint')}</p>
      </Form>
    </Card>
  );
}

/** Sends what is asked. @returns the path of what came of it. @throws OpenwardError */
function useSend({ doctorId, at, specialty, complaint, urgency = 'routine' }: Asking, idempotencyKey: string) {
  const queries = useQueryClient();
  return async (): Promise<string> => {
    if (doctorId !== undefined && at !== undefined) {
      const what = { doctorId, startsAt: at, complaint: complaint.trim(), urgency, timeZone: ownTimeZone };
      const { id } = await api
        .bookAppointment(what, { idempotencyKey })
        .finally(() => void queries.invalidateQueries({ queryKey: ['slots', doctorId] }));
      void queries.invalidateQueries({ queryKey: ['requests'] });
      void queries.invalidateQueries({ queryKey: ['appointments'] });
      return `/appointments/${id}`;
    }
    const whom = doctorId === undefined ? { specialty } : { doctorId };
    const sent = await api.submitRequest({ ...whom, complaint: complaint.trim(), urgency }, { idempotencyKey });
    // What is pressing in the answer is seen at once.
    queries.setQueryData(['request', sent.id], sent);
    void queries.invalidateQueries({ queryKey: ['requests'] });
    return `/requests/${sent.id}`;
  };
}

/** It was changed after a try whose answer was lost: what was sent then is there. */
function Arrived({ isBooking }: { isBooking: boolean }) {
  const t = useText('patient');
  return (
    <>
      {t('ask.arrived')} <Link href={isBooking ? '/appointments' : '/requests'}>{t('ask.arrived.look')}</Link>
    </>
  );
}

/** Somebody was faster: the question is kept, another time is a click away. */
function OtherTime({ doctorId = '' }: { doctorId: string | undefined }) {
  const t = useText('patient');
  return (
    <>
      {t('ask.book.taken')} <Link href={`/doctors/${doctorId}`}>{t('ask.book.another')}</Link>
    </>
  );
}

function Whom({ asking: { doctorId, specialty } }: { asking: Asking }) {
  const specialtyName = useSpecialtyName();
  const doctor = useQuery({
    queryKey: ['doctor', doctorId],
    queryFn: ({ signal }) => api.getDoctor({ id: doctorId ?? '' }, { signal }),
    enabled: doctorId !== undefined,
  });
  if (doctorId === undefined) return specialtyName({ code: specialty ?? '', name: specialty ?? '' });
  return doctor.data?.fullName ?? '…';
}
