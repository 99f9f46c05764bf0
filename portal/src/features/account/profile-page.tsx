import type { Address, EmergencyContact } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { type Me, useMe } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { SelectField, TextArea, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';

const addressFields = [
  { name: 'country', autoComplete: 'country-name', maxLength: 100 },
  { name: 'city', autoComplete: 'address-level2', maxLength: 100 },
  { name: 'region', autoComplete: 'address-level1', maxLength: 100 },
  { name: 'addressLine', autoComplete: 'street-address', maxLength: 200 },
] as const;
const healthFields = [
  { name: 'allergies', hint: 'allergies.hint', maxLength: 2000 },
  { name: 'medication', hint: 'medication.hint', maxLength: 4000 },
  { name: 'conditions', hint: 'conditions.hint', maxLength: 4000 },
] as const;
const sexes = ['female', 'male', 'other'] as const;

/** What the system knows about oneself, and the doctors who treat one read. */
export function Page() {
  const t = useText('account');
  const me = useMe();
  return (
    <PageBody
      title={t('profile.title')}
      lead={me.data?.patient === undefined ? undefined : t('profile.lead')}
      width="narrow"
    >
      <QueryState query={me}>{(me) => <ProfileForm me={me} />}</QueryState>
    </PageBody>
  );
}

function ProfileForm({ me }: { me: Me }) {
  const t = useText('account');
  const queries = useQueryClient();
  const { fullName, patient, address } = me;
  return (
    <Card>
      <Form
        label={t('profile.title')}
        onSubmit={async (values) => {
          queries.setQueryData(['me'], await api.updateMe(changesOf(values, me)));
          toast(t('profile.saved'));
        }}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" busy={busy}>
            {t('save')}
          </Button>
        )}
      >
        <TextField
          name="fullName"
          label={t('fullName')}
          autoComplete="name"
          defaultValue={fullName ?? ''}
          maxLength={100}
          required
        />
        {patient !== undefined && <PatientFields patient={patient} />}
        {addressFields.map(({ name, ...field }) => (
          <TextField
            key={name}
            {...field}
            name={`address.${name}`}
            label={t(name)}
            defaultValue={address?.[name] ?? ''}
          />
        ))}
      </Form>
    </Card>
  );
}

function PatientFields({ patient }: { patient: NonNullable<Me['patient']> }) {
  const t = useText('account');
  const { birthDate, sex, phone, emergencyContact } = patient;
  return (
    <>
      <TextField
        name="patient.birthDate"
        type="date"
        label={t('birthDate')}
        autoComplete="bday"
        defaultValue={birthDate ?? ''}
        min="1900-01-01"
        max={new Date().toISOString().slice(0, 10)}
      />
      <SelectField
        name="patient.sex"
        label={t('sex')}
        empty={t('sex.none')}
        defaultValue={sex ?? ''}
        options={sexes.map((value) => ({ value, label: t(`sex.${value}`) }))}
      />
      <TextField
        name="patient.phone"
        type="tel"
        label={t('phone')}
        autoComplete="tel"
        defaultValue={phone ?? ''}
        maxLength={40}
      />
      {healthFields.map(({ name, hint, maxLength }) => (
        <TextArea
          key={name}
          name={`patient.${name}`}
          label={t(name)}
          hint={t(hint)}
          defaultValue={patient[name] ?? ''}
          maxLength={maxLength}
          rows={3}
        />
      ))}
      <TextField
        name="patient.emergencyContact.name"
        label={t('contact.name')}
        hint={t('contact.hint')}
        defaultValue={emergencyContact?.name}
        maxLength={100}
      />
      <TextField
        name="patient.emergencyContact.relation"
        label={t('contact.relation')}
        defaultValue={emergencyContact?.relation ?? ''}
        maxLength={50}
      />
      <TextField
        name="patient.emergencyContact.phone"
        type="tel"
        label={t('contact.phone')}
        defaultValue={emergencyContact?.phone}
        maxLength={40}
      />
    </>
  );
}

/** What is empty is taken away. */
function changesOf(values: FormValues, { patient }: Me): Parameters<typeof api.updateMe>[0] {
  const orNull = (name: string) => values.optional(name) ?? null;
  return {
    fullName: values.text('fullName'),
    address: wholeOf<Address>(values, 'address', ['country', 'city', 'region', 'addressLine']),
    ...(patient === undefined
      ? {}
      : {
          patient: {
            birthDate: orNull('patient.birthDate'),
            sex: orNull('patient.sex') as (typeof sexes)[number] | null,
            phone: orNull('patient.phone'),
            allergies: orNull('patient.allergies'),
            medication: orNull('patient.medication'),
            conditions: orNull('patient.conditions'),
            emergencyContact: wholeOf<EmergencyContact>(values, 'patient.emergencyContact', [
              'name',
              'relation',
              'phone',
            ]),
          },
        }),
  };
}

/** What is there as a whole or not at all: null when nothing was entered. What a part alone lacks the server says at the field. */
function wholeOf<Whole>(values: FormValues, path: string, names: readonly (keyof Whole & string)[]): Whole | null {
  const entered = names.map((name) => [name, values.text(`${path}.${name}`)]).filter(([, text]) => text !== '');
  return entered.length === 0 ? null : (Object.fromEntries(entered) as Whole);
}
