import type { DoctorProfile } from '@openward/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { useDraft } from '#app/draft.ts';
import { Link } from '#app/link.tsx';
import { meQuery, useMe } from '#app/session.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card, Facts } from '#ui/card.tsx';
import { TextArea, TextField } from '#ui/field.tsx';
import { Form, type FormValues } from '#ui/form.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { toast } from '#ui/toast.tsx';
import { AcceptingSwitch } from './accepting-switch.tsx';
import { LanguagesField } from './languages-field.tsx';

/** What patients read before they ask this doctor. */
export function Page() {
  const t = useText('doctor');
  const me = useMe();
  return (
    <PageBody
      title={t('profile.title')}
      lead={
        <>
          {t('profile.lead')} <Link href="/my-ratings">{t('profile.ratings')}</Link>
        </>
      }
      width="narrow"
    >
      {me.data?.doctor !== undefined && <Profile profile={me.data.doctor} />}
    </PageBody>
  );
}

function Profile({ profile }: { profile: DoctorProfile }) {
  const t = useText('doctor');
  const queries = useQueryClient();
  const specialtyName = useSpecialtyName();
  const [bio, setBio, forget] = useDraft('bio');
  const [languages, setLanguages] = useState(profile.languages);

  async function save(values: FormValues): Promise<void> {
    const doctor = {
      bio: values.optional('doctor.bio') ?? null,
      experienceYears: Number(values.text('doctor.experienceYears')),
      languages,
    };
    queries.setQueryData(meQuery.queryKey, await api.updateMe({ doctor }));
    forget();
    toast(t('profile.saved'));
  }

  return (
    <>
      <Card title={t('profile.asking')}>
        <AcceptingSwitch />
        <p>{t('accepting.hint')}</p>
      </Card>
      <Card title={t('profile.about')}>
        <Form
          label={t('profile.about')}
          onSubmit={save}
          actions={({ busy }) => (
            <Button type="submit" variant="primary" busy={busy}>
              {t('profile.save')}
            </Button>
          )}
        >
          <TextArea
            name="doctor.bio"
            label={t('profile.bio')}
            hint={t('profile.bio.hint')}
            defaultValue={bio || (profile.bio ?? '')}
            onText={setBio}
            maxLength={4000}
            rows={6}
          />
          <TextField
            name="doctor.experienceYears"
            label={t('profile.years')}
            type="number"
            inputMode="numeric"
            min={0}
            max={80}
            defaultValue={profile.experienceYears}
            required
          />
          <LanguagesField value={languages} onChange={setLanguages} />
        </Form>
      </Card>
      <Card title={t('profile.checked')}>
        <Facts
          items={[
            [t('profile.specialty'), specialtyName(profile.specialty)],
            [t('profile.licence'), profile.licenseNumber],
          ]}
        />
        <p>{t('profile.checked.hint')}</p>
        <Link href="/approval">{t('profile.checked.change')}</Link>
      </Card>
    </>
  );
}
