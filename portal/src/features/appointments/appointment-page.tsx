import type { Appointment } from '@openward/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { ownTimeZone } from '#app/free-slots.tsx';
import { LinkButton } from '#app/link.tsx';
import { live } from '#app/live.ts';
import { useHolder } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button, buttonClass } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { ConfirmDialog } from '#ui/dialog.tsx';
import { Icon } from '#ui/icon.tsx';
import { Row } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { AppointmentStatus } from './appointment-status.tsx';
import { CancelDialog } from './cancel-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';

/** One appointment: when it is, and what can be done with it now. */
export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('appointments');
  const isDoctor = useHolder()?.role === 'doctor';
  const appointment = useQuery({
    queryKey: ['appointment', id],
    queryFn: ({ signal }) => api.getAppointment({ id }, { signal }),
    ...live,
  });
  const { data } = appointment;
  const other = isDoctor ? data?.patient.fullName : data?.doctor.fullName;
  return (
    <PageBody title={other ?? t('one.title')} lead={t('one.title')} width="narrow">
      <QueryState query={appointment}>{(appointment) => <One appointment={appointment} />}</QueryState>
    </PageBody>
  );
}

function One({ appointment }: { appointment: Appointment }) {
  const t = useText('appointments');
  const format = useFormat();
  const isDoctor = useHolder()?.role === 'doctor';
  const { startsAt, endsAt, status, reason, changeableUntil, movesLeft, changedBy, handedTo = null } = appointment;
  const when = `${format.weekday(startsAt)}, ${format.time(startsAt)} – ${format.time(endsAt)}`;
  const facts: [string, string][] = [
    [t('one.when'), when],
    [t('one.zone'), ownTimeZone.replaceAll('_', ' ')],
  ];
  if (reason !== null) facts.push([t('one.reason'), reason]);
  if (!isDoctor && status === 'booked')
    facts.push([
      t('one.changeable'),
      t('one.changeable.text', { until: format.dateTime(changeableUntil), count: movesLeft }),
    ]);
  return (
    <Card title={t('one.title')} actions={<AppointmentStatus status={status} />}>
      {changedBy === 'system' && status === 'cancelled' && (
        <Notice kind="warning">
          {handedTo === null ? t('one.bySystem') : t('one.handedTo', { name: handedTo.fullName })}
        </Notice>
      )}
      <Facts items={facts} />
      {handedTo !== null && !isDoctor && (
        <Row>
          <LinkButton href={`/doctors/${handedTo.id}`} icon="calendar">
            {t('one.freeTimes', { name: handedTo.fullName })}
          </LinkButton>
        </Row>
      )}
      <WayIn appointment={appointment} />
      {status === 'booked' && <Changes appointment={appointment} />}
    </Card>
  );
}

/** To the conversation once it is open; before, to what was asked. */
function WayIn({ appointment }: { appointment: Appointment }) {
  const { requestId, roomId, status, requestStatus } = appointment;
  const t = useText('appointments');
  const isDoctor = useHolder()?.role === 'doctor';
  if (isDoctor) {
    // Handed over, the request is nothing of theirs any more.
    if (appointment.handedTo != null) return null;
    const isTaken = ['accepted', 'diagnosed', 'closed'].includes(requestStatus);
    if (!isTaken && requestStatus !== 'submitted') return null;
    return (
      <Row>
        <LinkButton
          href={isTaken ? `/consultations/${requestId}` : `/inbox/${requestId}`}
          variant="primary"
          icon="doctor"
        >
          {isTaken ? t('one.consultation') : t('one.request')}
        </LinkButton>
      </Row>
    );
  }
  return (
    <>
      {roomId === null && status === 'booked' && <p>{t('one.opens')}</p>}
      <Row>
        {roomId !== null && (
          <LinkButton href={`/chat/${roomId}`} variant="primary" icon="chat">
            {t('one.chat')}
          </LinkButton>
        )}
        <LinkButton href={`/requests/${requestId}`}>{t('one.request')}</LinkButton>
      </Row>
    </>
  );
}

function Changes({ appointment }: { appointment: Appointment }) {
  const t = useText('appointments');
  const isDoctor = useHolder()?.role === 'doctor';
  const [open, setOpen] = useState<'move' | 'cancel' | 'no-show' | null>(null);
  const { id, startsAt, endsAt, changeableUntil, movesLeft } = appointment;
  const now = Date.now();
  const begun = Date.parse(startsAt) <= now;
  const over = Date.parse(endsAt) <= now;
  const mayChange = isDoctor || Date.parse(changeableUntil) > now;
  const close = () => setOpen(null);
  return (
    <>
      <Row>
        {!begun && mayChange && (isDoctor || movesLeft > 0) && (
          <Button icon="calendar" onClick={() => setOpen('move')}>
            {t('move.button')}
          </Button>
        )}
        {!over && mayChange && (
          <Button icon="close" onClick={() => setOpen('cancel')}>
            {t('cancel.button')}
          </Button>
        )}
        {isDoctor && begun && <Button onClick={() => setOpen('no-show')}>{t('noShow.button')}</Button>}
        <a className={buttonClass({})} href={`/api/v1/appointments/${id}/calendar`} download="appointment.ics">
          <Icon name="download" />
          {t('one.calendar')}
        </a>
      </Row>
      {open === 'move' && <MoveDialog appointment={appointment} onClose={close} />}
      {open === 'cancel' && <CancelDialog appointment={appointment} onClose={close} />}
      <NoShowDialog id={id} open={open === 'no-show'} onClose={close} />
    </>
  );
}

function NoShowDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  const t = useText('appointments');
  const queries = useQueryClient();
  const problemText = useProblemText();
  const mark = useMutation({
    mutationFn: () => api.markNoShow({ id }),
    onSuccess: (marked) => {
      queries.setQueryData(['appointment', id], marked);
      void queries.invalidateQueries({ queryKey: ['appointments'] });
      toast(t('noShow.done'));
      onClose();
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <ConfirmDialog
      title={t('noShow.title')}
      open={open}
      onClose={onClose}
      confirm={t('noShow.confirm')}
      danger
      busy={mark.isPending}
      onConfirm={() => mark.mutate()}
    >
      <p>{t('noShow.text')}</p>
    </ConfirmDialog>
  );
}
