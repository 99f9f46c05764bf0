import type { SpecialtyCode, Urgency } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { ownTimeZone } from '#app/free-slots.tsx';
import { Link } from '#app/link.tsx';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { ChoiceField, TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Row } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './ask.module.css';
import { SpecialtyField } from './doctor-filters.tsx';

const urgencies: readonly Urgency[] = ['routine', 'urgent', 'emergency'];
const steps = ['whom', 'what', 'check'] as const;
type Step = (typeof steps)[number];

/** What is being asked, through the three steps. The complaint is a draft: it survives a closed tab. */
type Asking = {
  doctorId: string | undefined;
  /** When the appointment begins that is booked with it; undefined: it is asked for without one. */
  at: string | undefined;
  specialty: SpecialtyCode | undefined;
  complaint: string;
  urgency: Urgency | undefined;
};

/** Asking for care in three steps: of whom, what is wrong and how urgent, and one last look. */
export function Page() {
  const t = useText('patient');
  const search = new URLSearchParams(useSearch());
  const doctorId = search.get('doctor') ?? undefined;
  const at = doctorId === undefined ? undefined : (search.get('at') ?? undefined);
  const [step, setStep] = useState<Step>(doctorId === undefined ? 'whom' : 'what');
  const [specialty, setSpecialty] = useState((search.get('specialty') ?? undefined) as SpecialtyCode | undefined);
  const [urgency, setUrgency] = useState<Urgency>();
  const [complaint, setComplaint, forget] = useDraft('complaint');
  // The same key for each try, whatever steps lie between: an answer that was lost makes no second request.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const asking: Asking = { doctorId, at, specialty, complaint, urgency };
  return (
    <PageBody
      title={at === undefined ? t('ask.title') : t('ask.book.title')}
      lead={at === undefined ? t('ask.lead') : t('ask.book.lead')}
      width="narrow"
    >
      <Progress step={step} />
      {step === 'whom' && <WhomStep specialty={specialty} onChange={setSpecialty} onDone={() => setStep('what')} />}
      {step === 'what' && (
        <WhatStep
          asking={asking}
          onComplaint={setComplaint}
          onUrgency={setUrgency}
          onBack={doctorId === undefined ? () => setStep('whom') : null}
          onDone={() => setStep('check')}
        />
      )}
      {step === 'check' && (
        <CheckStep
          asking={asking}
          idempotencyKey={idempotencyKey}
          onBack={() => setStep('what')}
          onSent={() => forget(complaint)}
        />
      )}
    </PageBody>
  );
}

/** Which step this is, and of how many. */
function Progress({ step }: { step: Step }) {
  const t = useText('patient');
  const current = steps.indexOf(step);
  return (
    <div className={css['progress']}>
      <div className={css['bars']} aria-hidden="true">
        {steps.map((name, index) => (
          <span key={name} data-done={index <= current || undefined} />
        ))}
      </div>
      <StepHeading key={step} isFirst={current === 0}>
        {t(`ask.step.${step}`)} <small>{t('ask.stepOf', { step: current + 1, steps: steps.length })}</small>
      </StepHeading>
    </div>
  );
}

/** A step that follows another takes the focus, so that it is read out. */
function StepHeading({ isFirst, children }: { isFirst: boolean; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isFirst) heading.current?.focus();
  }, [isFirst]);
  return (
    <h2 ref={heading} tabIndex={-1}>
      {children}
    </h2>
  );
}

type WhomProps = {
  specialty: SpecialtyCode | undefined;
  onChange: (code: SpecialtyCode | undefined) => void;
  onDone: () => void;
};

function WhomStep({ specialty, onChange, onDone }: WhomProps) {
  const t = useText('patient');
  return (
    <Card>
      <Form
        label={t('ask.step.whom')}
        onSubmit={async () => onDone()}
        actions={() => (
          <Button type="submit" variant="primary" wide>
            {t('ask.next')}
          </Button>
        )}
      >
        <SpecialtyField name="specialty" empty={t('specialty.choose')} value={specialty} required onChange={onChange} />
        <p>{t('ask.whom.hint')}</p>
        <p>
          {t('ask.whom.doctor')} <Link href="/doctors">{t('doctors.find')}</Link>
        </p>
      </Form>
    </Card>
  );
}

type WhatProps = {
  asking: Asking;
  onComplaint: (text: string) => void;
  onUrgency: (urgency: Urgency) => void;
  onBack: (() => void) | null;
  onDone: () => void;
};

function WhatStep({ asking, onComplaint, onUrgency, onBack, onDone }: WhatProps) {
  const t = useText('patient');
  return (
    <Card>
      <Form
        label={t('ask.step.what')}
        onSubmit={async () => onDone()}
        actions={() => (
          <Buttons onBack={onBack}>
            <Button type="submit" variant="primary">
              {t('ask.next')}
            </Button>
          </Buttons>
        )}
      >
        <TextArea
          name="complaint"
          label={t('ask.complaint')}
          hint={t('ask.complaint.hint')}
          defaultValue={asking.complaint}
          onText={onComplaint}
          maxLength={4000}
          required
          rows={7}
        />
        <ChoiceField
          name="urgency"
          label={t('ask.urgency')}
          {...(asking.urgency === undefined ? {} : { defaultValue: asking.urgency })}
          onChange={(value) => onUrgency(value as Urgency)}
          options={urgencies.map((value) => ({
            value,
            label: t(`urgency.${value}`),
            hint: t(`urgency.hint.${value}`),
          }))}
        />
        <div role="status">
          {asking.urgency === 'emergency' && (
            <Notice kind="danger" title={t('emergency.title')}>
              <p>{t('emergency.text')}</p>
            </Notice>
          )}
        </div>
      </Form>
    </Card>
  );
}

type CheckProps = { asking: Asking; idempotencyKey: string; onBack: () => void; onSent: () => void };

function CheckStep({ asking, idempotencyKey, onBack, onSent }: CheckProps) {
  const t = useText('patient');
  const problemText = useProblemText();
  const [, navigate] = useLocation();
  const send = useSend(asking, idempotencyKey);
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
    try {
      const path = await send();
      onSent();
      if (isHere.current) navigate(path, { replace: true });
      else toast(t('ask.sent'));
    } catch (error) {
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

type ButtonsProps = { onBack: (() => void) | null; busy?: boolean; children: ReactNode };

function Buttons({ onBack, busy = false, children }: ButtonsProps) {
  const t = useText('patient');
  return (
    <Row apart>
      {onBack === null ? (
        <span />
      ) : (
        <Button onClick={onBack} disabled={busy}>
          {t('ask.back')}
        </Button>
      )}
      {children}
    </Row>
  );
}
