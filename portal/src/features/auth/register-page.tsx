import type { SpecialtyCode } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearch } from 'wouter';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { currentLanguage } from '#i18n/language.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { ChoiceField, EmailField, PasswordField, SelectField, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { Failure } from '#ui/query-state.tsx';
import { AuthCard } from './auth-card.tsx';
import { CheckYourMail } from './check-your-mail.tsx';

type RegisterRole = 'patient' | 'doctor';

export function Page() {
  const t = useText('auth');
  const asked: RegisterRole = new URLSearchParams(useSearch()).get('role') === 'doctor' ? 'doctor' : 'patient';
  const [role, setRole] = useState(asked);
  const [sentTo, setSentTo] = useState<string | null>(null);

  async function submit(values: FormValues): Promise<void> {
    const email = values.text('email');
    await api.register({
      role,
      email,
      fullName: values.text('fullName'),
      language: currentLanguage(),
      password: values.exact('password'),
      ...(role === 'doctor'
        ? { specialty: values.text('specialty') as SpecialtyCode, licenseNumber: values.text('licenseNumber') }
        : {}),
    });
    setSentTo(email);
  }

  if (sentTo !== null) return <CheckYourMail email={sentTo} />;
  return (
    <AuthCard
      title={t('register.title')}
      lead={t('register.lead')}
      foot={
        <>
          {t('register.have')} <Link href="/login">{t('logIn.button')}</Link>
        </>
      }
    >
      <Form
        onSubmit={submit}
        actions={({ busy }) => (
          <Button type="submit" variant="primary" wide busy={busy}>
            {t('register.button')}
          </Button>
        )}
      >
        <ChoiceField
          name="role"
          label={t('role')}
          defaultValue={asked}
          onChange={(value) => setRole(value === 'doctor' ? 'doctor' : 'patient')}
          options={[
            { value: 'patient', label: t('role.patient'), hint: t('role.patient.hint') },
            { value: 'doctor', label: t('role.doctor'), hint: t('role.doctor.hint') },
          ]}
        />
        <TextField name="fullName" label={t('fullName')} autoComplete="name" maxLength={100} required />
        {role === 'doctor' && <DoctorFields />}
        <EmailField name="email" label={t('email')} autoComplete="email" required />
        <PasswordField
          name="password"
          label={t('password')}
          hint={t('password.hint')}
          autoComplete="new-password"
          minLength={12}
          required
        />
      </Form>
    </AuthCard>
  );
}

function DoctorFields() {
  const t = useText('auth');
  const nameOf = useSpecialtyName();
  const specialties = useQuery({ queryKey: ['specialties'], queryFn: () => api.listSpecialties(), staleTime: 600_000 });
  const options = (specialties.data?.items ?? []).map((item) => ({ value: item.code, label: nameOf(item) }));
  if (specialties.isError) return <Failure error={specialties.error} onRetry={() => void specialties.refetch()} />;
  return (
    <>
      <SelectField
        name="specialty"
        label={t('specialty')}
        empty={t('specialty.choose')}
        options={options.toSorted((one, other) => one.label.localeCompare(other.label))}
        required
      />
      <TextField name="licenseNumber" label={t('license')} hint={t('license.hint')} maxLength={50} required />
    </>
  );
}
