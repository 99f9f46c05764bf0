import type { SpecialtyCode, Urgency } from '@openward/contracts';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useSearch } from 'wouter';
import { useDraft, useOnce } from '#app/draft.ts';
import { Link } from '#app/link.tsx';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { ChoiceField, TextArea } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import css from './ask.module.css';
import { type Asking, Buttons } from './asking.tsx';
import { CheckStep } from './check-step.tsx';
import { SpecialtyField } from './doctor-filters.tsx';

const urgencies: readonly Urgency[] = ['routine', 'urgent', 'emergency'];
const steps = ['whom', 'what', 'check'] as const;
type Step = (typeof steps)[number];

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
  const once = useOnce('ask');
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
        <CheckStep asking={asking} once={once} onBack={() => setStep('what')} onSent={() => forget(complaint)} />
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
