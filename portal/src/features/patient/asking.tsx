import type { SpecialtyCode, Urgency } from '@openward/contracts';
import type { ReactNode } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Row } from '#ui/layout.tsx';

/** What is being asked, through the three steps. The complaint is a draft: it survives a closed tab. */
export type Asking = {
  doctorId: string | undefined;
  /** When the appointment begins that is booked with it; undefined: it is asked for without one. */
  at: string | undefined;
  specialty: SpecialtyCode | undefined;
  complaint: string;
  urgency: Urgency | undefined;
};

type ButtonsProps = { onBack: (() => void) | null; busy?: boolean; children: ReactNode };

/** One step back, and what leads on. */
export function Buttons({ onBack, busy = false, children }: ButtonsProps) {
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
