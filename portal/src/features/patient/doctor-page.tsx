import type { Doctor } from '@openward/contracts';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { api } from '#app/api.ts';
import type { PageProps } from '#app/feature.ts';
import { FreeSlots } from '#app/free-slots.tsx';
import { LinkButton } from '#app/link.tsx';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Card, Facts } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Stars } from '#ui/stars.tsx';
import { DoctorScore } from './doctor-score.tsx';

export function Page({ params: { id = '' } }: PageProps) {
  const t = useText('patient');
  const doctor = useQuery({ queryKey: ['doctor', id], queryFn: ({ signal }) => api.getDoctor({ id }, { signal }) });
  const specialtyName = useSpecialtyName();
  return (
    <PageBody
      title={doctor.data?.fullName ?? t('doctor.title')}
      lead={doctor.data === undefined ? undefined : specialtyName(doctor.data.specialty)}
      actions={
        doctor.data?.acceptingRequests === true && (
          <LinkButton href={`/ask?doctor=${id}`} variant="primary">
            {t('doctor.ask')}
          </LinkButton>
        )
      }
    >
      <QueryState query={doctor}>{(doctor) => <Profile doctor={doctor} />}</QueryState>
      {doctor.data?.acceptingRequests === true && <Appointments id={id} />}
      <Ratings id={id} />
    </PageBody>
  );
}

/** A free slot leads to the question, which is then booked with it. */
function Appointments({ id }: { id: string }) {
  const t = useText('appointments');
  const [, navigate] = useLocation();
  return (
    <Card title={t('slots.title')}>
      <FreeSlots doctorId={id} onPick={(startsAt) => navigate(`/ask?doctor=${id}&at=${startsAt}`)} />
    </Card>
  );
}

function Profile({ doctor }: { doctor: Doctor }) {
  const t = useText('patient');
  const format = useFormat();
  const { bio, experienceYears, languages, address, rating, acceptingRequests, specialty } = doctor;
  return (
    <Card title={t('doctor.about')}>
      {!acceptingRequests && (
        <Notice kind="warning" title={t('doctors.notAccepting')}>
          <p>{t('doctor.notAccepting')}</p>
          <LinkButton href={`/ask?specialty=${specialty.code}`} size="small">
            {t('doctor.askSpecialty')}
          </LinkButton>
        </Notice>
      )}
      {bio !== null && <p>{bio}</p>}
      <Facts
        items={[
          [t('doctor.experience'), t('doctors.years', { count: experienceYears })],
          [t('doctor.languages'), format.list(languages.map((language) => format.language(language)))],
          ...(address === null ? [] : [[t('doctor.place'), `${address.city}, ${address.country}`] as const]),
          [t('doctor.rating'), <DoctorScore key="rating" rating={rating} />],
        ]}
      />
      {rating.why !== undefined && <Why {...rating} why={rating.why} />}
    </Card>
  );
}

/** What the order of the list rests on, in words. */
function Why({ average, score, why }: Doctor['rating'] & { why: NonNullable<Doctor['rating']['why']> }) {
  const t = useText('patient');
  const format = useFormat();
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const { code, patients, latestAt } = why;
  return (
    <Notice>
      {t(`why.${code}`, {
        count: patients,
        average: format.number(average ?? 0, one),
        score: format.number(score, one),
        when: latestAt === null ? '' : format.date(latestAt),
      })}
    </Notice>
  );
}

function Ratings({ id }: { id: string }) {
  const t = useText('patient');
  const format = useFormat();
  const ratings = usePages(['ratings', id], (cursor, signal) => api.listRatings({ id, cursor }, { signal }));
  return (
    <Card title={t('doctor.ratings')}>
      <QueryState query={ratings}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="star" title={t('rating.none')} />
          ) : (
            <List label={t('doctor.ratings')}>
              {items.map(({ stars, comment, createdAt }) => (
                <ListItem
                  key={`${createdAt}-${comment ?? ''}`}
                  title={<Stars value={stars} label={t('rating.of', { value: format.number(stars) })} />}
                  meta={format.ago(createdAt)}
                >
                  {comment}
                </ListItem>
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={ratings} />
    </Card>
  );
}
