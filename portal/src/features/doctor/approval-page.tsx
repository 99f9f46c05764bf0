import type { Approval, SpecialtyCode } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { type Me, meQuery, useMe } from '#app/session.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { SelectField, TextArea, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { ApprovalDocuments } from './approval-documents.tsx';

type Profile = NonNullable<Me['doctor']>;

/** Where the approval stands, what was decided and why, the documents, and the way to hand in. */
export function Page() {
  const t = useText('doctor');
  const me = useMe();
  return (
    <PageBody title={t('approval.title')} lead={t('approval.lead')} width="narrow">
      <QueryState query={me}>
        {({ doctor }) =>
          doctor?.approval === undefined ? null : (
            <>
              <Standing approval={doctor.approval} />
              <ApprovalDocuments documents={doctor.approval.documents} />
              <HandIn profile={doctor} approval={doctor.approval} />
            </>
          )
        }
      </QueryState>
    </PageBody>
  );
}

const kinds = { approved: 'good', waiting: 'info', rejected: 'warning', none: 'warning' } as const;

function Standing({ approval: { state, asked, last } }: { approval: Approval }) {
  const t = useText('doctor');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  return (
    <>
      <Notice kind={kinds[state]} title={t(`approval.${state}`)}>
        <p>{t(`approval.${state}.text`)}</p>
        {last?.reason != null && (
          <p>{t(`approval.${last.state}.reason`, { when: format.dateTime(last.decidedAt), reason: last.reason })}</p>
        )}
      </Notice>
      {asked !== null && (
        <Card title={state === 'approved' ? t('approval.asked.change') : t('approval.asked')}>
          <Facts
            items={[
              [t('profile.specialty'), specialtyName(asked.specialty)],
              [t('profile.licence'), asked.licenseNumber],
              [t('approval.askedAt'), format.dateTime(asked.askedAt)],
            ]}
          />
        </Card>
      )}
    </>
  );
}

function HandIn({ profile, approval }: { profile: Profile; approval: Approval }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const specialtyName = useSpecialtyName();
  const specialties = useQuery({ queryKey: ['specialties'], queryFn: () => api.listSpecialties(), staleTime: 600_000 });
  const { asked, state } = approval;
  const now = asked ?? profile;

  async function send(values: FormValues): Promise<void> {
    const note = values.optional('note');
    await api.askApproval({
      specialty: values.text('specialty') as SpecialtyCode,
      licenseNumber: values.text('licenseNumber'),
      ...(note === undefined ? {} : { note }),
    });
    await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    toast(t('approval.sent'));
  }

  return (
    <Card title={state === 'approved' ? t('approval.change') : t('approval.handIn')}>
      <QueryState query={specialties}>
        {({ items }) => (
          <Form
            label={state === 'approved' ? t('approval.change') : t('approval.handIn')}
            onSubmit={send}
            actions={({ busy }) => (
              <Button type="submit" variant="primary" busy={busy}>
                {t('approval.send')}
              </Button>
            )}
          >
            {state === 'approved' && <p>{t('approval.change.text')}</p>}
            <SelectField
              name="specialty"
              label={t('profile.specialty')}
              options={items.map((item) => ({ value: item.code, label: specialtyName(item) }))}
              defaultValue={now.specialty.code}
              required
            />
            <TextField
              name="licenseNumber"
              label={t('profile.licence')}
              defaultValue={now.licenseNumber ?? ''}
              maxLength={50}
              required
            />
            <TextArea
              name="note"
              label={t('approval.note')}
              hint={t('approval.note.hint')}
              defaultValue={asked?.note ?? ''}
              maxLength={2000}
              rows={3}
            />
          </Form>
        )}
      </QueryState>
    </Card>
  );
}
