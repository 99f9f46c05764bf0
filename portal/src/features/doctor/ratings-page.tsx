import type { DoctorProfile } from '@openward/contracts';
import { api } from '#app/api.ts';
import { useMe } from '#app/session.ts';
import { usePages } from '#app/use-pages.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Card, Facts } from '#ui/card.tsx';
import { Empty } from '#ui/empty.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { LoadMore, QueryState } from '#ui/query-state.tsx';
import { Stars } from '#ui/stars.tsx';
import css from './consultation.module.css';

/** What patients said of this doctor, what it adds up to, and why the list counts it as it does. */
export function Page() {
  const t = useText('doctor');
  const me = useMe();
  return (
    <PageBody title={t('ratings.title')} lead={t('ratings.lead')} width="narrow">
      {me.data?.doctor !== undefined && <Ratings id={me.data.id} rating={me.data.doctor.rating} />}
    </PageBody>
  );
}

function Ratings({ id, rating }: { id: string } & Pick<DoctorProfile, 'rating'>) {
  const t = useText('doctor');
  const format = useFormat();
  const ratings = usePages(['ratings', id], (cursor, signal) => api.listRatings({ id, cursor }, { signal }));
  return (
    <>
      {rating.average !== null && <Summary rating={rating} average={rating.average} />}
      <QueryState query={ratings}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="star" title={t('ratings.none.title')}>
              <p>{t('ratings.none.text')}</p>
            </Empty>
          ) : (
            <List label={t('ratings.title')}>
              {items.map(({ stars, comment, createdAt }) => (
                <ListItem
                  key={`${createdAt}-${comment ?? ''}`}
                  title={<Stars value={stars} label={t('ratings.of', { value: format.number(stars) })} />}
                  meta={format.date(createdAt)}
                >
                  {comment !== null && <p className={css['prose']}>{comment}</p>}
                </ListItem>
              ))}
            </List>
          )
        }
      </QueryState>
      <LoadMore query={ratings} />
    </>
  );
}

function Summary({ rating: { count, score }, average }: { rating: DoctorProfile['rating']; average: number }) {
  const t = useText('doctor');
  const format = useFormat();
  const shown = (value: number) => format.number(value, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return (
    <Card title={t('ratings.sum')}>
      <Facts
        items={[
          [
            t('ratings.average'),
            <span key="average">
              <Stars value={average} label={t('ratings.of', { value: shown(average) })} /> {shown(average)}
            </span>,
          ],
          [t('ratings.count'), format.number(count)],
          [t('ratings.score'), shown(score)],
        ]}
      />
      <p>{t('ratings.why', { score: shown(score), count })}</p>
    </Card>
  );
}
