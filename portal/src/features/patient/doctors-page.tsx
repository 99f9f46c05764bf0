import type { Doctor, DoctorSort, SpecialtyCode } from '@openward/contracts';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { api } from '#app/api.ts';
import { Link } from '#app/link.tsx';
import { usePages } from '#app/use-pages.ts';
import { useSpecialtyName, useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { DoctorFilters, type Filters } from './doctor-filters.tsx';
import { DoctorScore } from './doctor-score.tsx';
import { useDoctorFacts } from './use-doctor-facts.ts';

/** The directory. What is looked for stands in the address, so that going back finds it again. */
export function Page() {
  const t = useText('patient');
  const [filters, setFilters] = useFilters();
  const query = useSettled(filters);
  // Cleared fields begin anew: what somebody types stays theirs until then.
  const [round, setRound] = useState(0);
  const doctors = usePages(['doctors', query], (cursor, signal) =>
    api.listDoctors({ ...query, sort: query.sort ?? 'rating', cursor }, { signal }),
  );
  const isFiltered = Object.keys(filters).some((name) => name !== 'sort');
  return (
    <PageBody title={t('doctors.title')} lead={t('doctors.lead')}>
      <DoctorFilters key={round} filters={filters} onChange={setFilters} />
      <QueryState query={doctors}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="search" title={t('doctors.none.title')}>
              <p>{t('doctors.none.text')}</p>
              {isFiltered && (
                <Button
                  onClick={() => {
                    setFilters({});
                    setRound(round + 1);
                  }}
                >
                  {t('doctors.clear')}
                </Button>
              )}
            </Empty>
          ) : (
            <List label={t('doctors.title')}>
              {items.map((doctor) => (
                <DoctorRow key={doctor.id} doctor={doctor} />
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={doctors} />
    </PageBody>
  );
}

function DoctorRow({ doctor }: { doctor: Doctor }) {
  const t = useText('patient');
  const specialtyName = useSpecialtyName();
  const facts = useDoctorFacts(doctor);
  return (
    <ListItem
      before={<Avatar name={doctor.fullName} />}
      title={<Link href={`/doctors/${doctor.id}`}>{doctor.fullName}</Link>}
      meta={facts}
      after={<DoctorScore rating={doctor.rating} />}
    >
      {specialtyName(doctor.specialty)}{' '}
      {!doctor.acceptingRequests && <Badge tone="warning">{t('doctors.notAccepting')}</Badge>}
    </ListItem>
  );
}

function useFilters(): [Filters, (filters: Filters) => void] {
  const [, navigate] = useLocation();
  const search = new URLSearchParams(useSearch());
  const text = (name: string) => search.get(name) || undefined;
  const filters = {
    q: text('q'),
    specialty: text('specialty') as SpecialtyCode | undefined,
    language: text('language'),
    country: text('country'),
    city: text('city'),
    accepting: text('accepting') === 'true' || undefined,
    minRating: Number(text('minRating')) || undefined,
    sort: text('sort') as DoctorSort | undefined,
  };
  return [
    Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
    (next) => {
      const words = Object.entries(next).filter(([, value]) => value !== undefined && value !== '');
      const query = new URLSearchParams(words.map(([name, value]) => [name, String(value)])).toString();
      navigate(query === '' ? '/doctors' : `/doctors?${query}`, { replace: true });
    },
  ];
}

/** What has been typed once the fingers rest: not a call for each letter. */
function useSettled(filters: Filters): Filters {
  const wanted = JSON.stringify(filters);
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), 250);
    return () => clearTimeout(timer);
  }, [wanted]);
  return JSON.parse(settled);
}
