import type { Role, SpecialtyCode } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Dialog } from '#ui/dialog.tsx';
import { ChoiceField, EmailField, SelectField, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { toast } from '#ui/toast.tsx';

const roles: readonly Role[] = ['patient', 'doctor', 'admin'];

/** An account for somebody else: of whatever role, its owner sets the password by a mailed link. */
export function CreateUserDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText('admin');
  return (
    <Dialog title={t('create.title')} open={open} onClose={onClose}>
      <CreateUserForm onClose={onClose} />
    </Dialog>
  );
}

function CreateUserForm({ onClose }: { onClose: () => void }) {
  const t = useText('admin');
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [role, setRole] = useState<Role>('patient');

  async function create(values: FormValues): Promise<void> {
    const email = values.text('email');
    const { id } = await api.createUser({
      email,
      fullName: values.text('fullName'),
      role,
      ...(role === 'doctor' ? doctorFields(values) : {}),
    });
    void queries.invalidateQueries({ queryKey: ['admin'] });
    toast(t('create.done', { email }));
    onClose();
    navigate(`/admin/users/${id}`);
  }

  return (
    <Form
      label={t('create.title')}
      onSubmit={create}
      explain={({ code }) => (code === 'email-taken' ? t('create.taken') : null)}
      actions={({ busy }) => (
        <Button type="submit" variant="primary" wide busy={busy}>
          {t('create.confirm')}
        </Button>
      )}
    >
      <p>{t('create.text')}</p>
      <ChoiceField
        name="role"
        label={t('users.role')}
        defaultValue="patient"
        onChange={(value) => setRole(roles.find((role) => role === value) ?? 'patient')}
        options={roles.map((value) => ({ value, label: t(`role.${value}`), hint: t(`create.hint.${value}`) }))}
      />
      <TextField name="fullName" label={t('users.name')} autoComplete="off" maxLength={100} required />
      <EmailField name="email" label={t('users.email')} autoComplete="off" required />
      {role === 'doctor' && <DoctorFields />}
    </Form>
  );
}

function DoctorFields() {
  const t = useText('admin');
  const nameOf = useSpecialtyName();
  const specialties = useQuery({ queryKey: ['specialties'], queryFn: () => api.listSpecialties(), staleTime: 600_000 });
  const options = (specialties.data?.items ?? [])
    .map((specialty) => ({ value: specialty.code, label: nameOf(specialty) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <>
      <SelectField
        key={options.length}
        name="specialty"
        label={t('user.specialty')}
        empty={t('create.choose')}
        options={options}
        required
      />
      <TextField name="licenseNumber" label={t('user.license')} maxLength={50} autoComplete="off" required />
      <TextField name="address.country" label={t('user.country')} maxLength={100} autoComplete="off" />
      <TextField
        name="address.city"
        label={t('user.city')}
        hint={t('create.address.hint')}
        maxLength={100}
        autoComplete="off"
      />
    </>
  );
}

function doctorFields(values: FormValues) {
  const [country, city] = [values.text('address.country'), values.text('address.city')];
  return {
    specialty: values.text('specialty') as SpecialtyCode,
    licenseNumber: values.text('licenseNumber'),
    // One without the other goes too: the server says at the field what is missing.
    ...(country === '' && city === '' ? {} : { address: { country, city } }),
  };
}
