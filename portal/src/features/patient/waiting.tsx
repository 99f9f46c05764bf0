import type { CareRequest, Queue } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { LinkButton } from '#app/link.tsx';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { TextArea } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { Row } from '#ui/layout.tsx';
import { Notice } from '#ui/notice.tsx';
import { toast } from '#ui/toast.tsx';
import css from './request.module.css';

/** A request that no doctor has taken yet: why it waits (again), whether anybody is there, the place, and the way out. */
export function Waiting({ request }: { request: CareRequest }) {
  const t = useText('patient');
  const [open, setOpen] = useState(false);
  const { doctor, returned, queue, availability } = request;
  const because = returned?.because;
  const isAway = availability !== undefined && availability.state !== 'available';
  return (
    <>
      {because !== undefined && (
        <Notice title={t('returned.title')}>
          <p>{t(`returned.${because}`)}</p>
        </Notice>
      )}
      {isAway ? (
        <Nobody request={request} />
      ) : (
        <p>
          {doctor === null ? t('request.waiting.specialty') : t('request.waiting.doctor', { name: doctor.fullName })}
        </p>
      )}
      {queue !== undefined && <Place queue={queue} isAway={isAway} />}
      <div>
        <Button variant="quiet" size="small" onClick={() => setOpen(true)}>
          {t('cancel.button')}
        </Button>
      </div>
      <CancelDialog id={request.id} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

/** What was asked stays asked; what can be done instead is a button each. */
function Nobody({ request: { doctor, availability } }: { request: CareRequest }) {
  const t = useText('patient');
  const specialtyName = useSpecialtyName();
  const instead = availability?.askInstead ?? [];
  return (
    <Notice
      kind="warning"
      title={doctor === null ? t('nobody.title') : t('nobody.doctor.title', { name: doctor.fullName })}
    >
      <p>{doctor === null ? t('nobody.text') : t('nobody.doctor.text')}</p>
      {instead.length > 0 && (
        <>
          <p>{t('nobody.instead')}</p>
          <Row gap="s">
            {instead.map((specialty) => (
              <LinkButton key={specialty.code} href={`/ask?specialty=${specialty.code}`} size="small">
                {specialtyName(specialty)}
              </LinkButton>
            ))}
          </Row>
        </>
      )}
    </Notice>
  );
}

/** Where one stands. An estimate is only made where there is somebody to keep it, and something to go by. */
function Place({ queue: { ahead, estimateMinutes, basis }, isAway }: { queue: Queue; isAway: boolean }) {
  const t = useText('patient');
  const place = ahead === 0 ? t('place.next') : t('place.ahead', { count: ahead });
  return (
    <div role="status">
      <p className={css['place']}>{place}</p>
      {!isAway && (
        <p className={css['meta']}>
          {estimateMinutes === null ? t(`estimate.${basis}`) : t('estimate.minutes', { count: estimateMinutes })}
        </p>
      )}
    </div>
  );
}

function CancelDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  const t = useText('patient');
  const queries = useQueryClient();
  return (
    <FormDialog
      title={t('cancel.title')}
      confirm={t('cancel.confirm')}
      danger
      open={open}
      onClose={onClose}
      onSubmit={async (values) => {
        const reason = values.optional('reason');
        const cancelled = await api.cancelRequest({ id, ...(reason === undefined ? {} : { reason }) });
        queries.setQueryData(['request', id], cancelled);
        void queries.invalidateQueries({ queryKey: ['requests'] });
        toast(t('cancel.done'));
        onClose();
      }}
    >
      <p>{t('cancel.text')}</p>
      <TextArea name="reason" label={t('cancel.reason')} maxLength={1000} rows={3} />
    </FormDialog>
  );
}
