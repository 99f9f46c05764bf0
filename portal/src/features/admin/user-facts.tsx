import type { UserForAdmin } from '@openward/contracts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Card, Facts } from '#ui/card.tsx';
import css from './admin.module.css';
import { ShortId } from './short-id.tsx';
import { StatusBadge } from './user-badges.tsx';

export function AccountCard({ user }: { user: UserForAdmin }) {
  const t = useText('admin');
  const format = useFormat();
  const { id, email, emailVerified, status, mfaEnabled, createdAt } = user;
  return (
    <Card title={t('user.account')}>
      <Facts
        items={[
          [t('users.status'), <StatusBadge key="status" status={status} />],
          [
            t('users.email'),
            <span key="email" className={css['breaking']}>
              {email ?? t('user.none')}
            </span>,
          ],
          [t('user.verified'), emailVerified ? t('yes') : t('no')],
          [t('user.mfa'), mfaEnabled ? t('user.mfa.on') : t('user.mfa.off')],
          [t('users.since'), format.dateTime(createdAt)],
          [t('user.id'), <ShortId key="id" id={id} />],
        ]}
      />
    </Card>
  );
}

/** Who somebody is, by role. Allergies and all else about health never come here. */
export function ProfileCard({ user: { patient, doctor, address } }: { user: UserForAdmin }) {
  const t = useText('admin');
  const format = useFormat();
  const specialtyName = useSpecialtyName();
  const none = t('user.none');
  const place = address === null ? [] : [address.addressLine, address.city, address.region, address.country];
  const where = place.filter((line) => line !== null && line !== '').join(', ') || none;
  const facts: [string, string][] = [];
  if (doctor !== undefined) {
    const { specialty, licenseNumber, experienceYears, languages, acceptingRequests, rating } = doctor;
    facts.push(
      [t('user.specialty'), specialtyName(specialty)],
      [t('user.license'), licenseNumber ?? none],
      [t('user.experience'), t('user.years', { count: experienceYears })],
      [t('user.languages'), format.list(languages.map((tag) => format.language(tag))) || none],
      [t('user.accepting'), acceptingRequests ? t('yes') : t('no')],
      [
        t('user.rating'),
        rating.average === null
          ? none
          : t('user.rating.of', { average: format.number(rating.average), count: rating.count }),
      ],
    );
  }
  if (patient !== undefined) {
    const { birthDate, sex, phone } = patient;
    const sexes = ['female', 'male', 'other'] as const;
    const known = sexes.find((one) => one === sex);
    facts.push(
      [t('user.birthDate'), birthDate === null ? none : format.day(birthDate)],
      [t('user.sex'), known === undefined ? none : t(`sex.${known}`)],
      [t('user.phone'), phone ?? none],
    );
  }
  return (
    <Card title={t('user.profile')}>
      <Facts items={[...facts, [t('user.address'), where]]} />
      {doctor?.bio != null && <p className={css['prose']}>{doctor.bio}</p>}
    </Card>
  );
}

export function CountsCard({ user: { counts } }: { user: UserForAdmin }) {
  const t = useText('admin');
  const format = useFormat();
  return (
    <Card title={t('user.counts')}>
      <Facts
        items={[
          [t('user.counts.requests'), format.number(counts.requests)],
          [t('user.counts.diagnoses'), format.number(counts.diagnoses)],
          [t('user.counts.ratings'), format.number(counts.ratings)],
        ]}
      />
      <p>{t('user.counts.text')}</p>
    </Card>
  );
}
