import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { type Option, SelectField, TextField } from '#ui/field.tsx';
import { FormValues } from '#ui/form.tsx';
import { Row } from '#ui/layout.tsx';
import css from './admin.module.css';
import { type LogFilters, logFilterNames } from './log-query.ts';

const idPattern = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

type LogFiltersProps = {
  filters: LogFilters;
  onChange: (filters: LogFilters) => void;
  /** What may have happened, by the server's codes. */
  actions: readonly Option[];
  /** Asks for whom it was done to only: events have nobody who did them. */
  withActor?: boolean;
};

/** Asked for by a button: each look into the audit is itself written down. */
export function LogFilterForm({ filters, onChange, actions, withActor = false }: LogFiltersProps) {
  const t = useText('admin');
  const log = useText('log');
  const { actorId, subjectId, action, from, to } = filters;
  const options =
    action === undefined || actions.some(({ value }) => value === action)
      ? actions
      : [...actions, { value: action, label: action }];
  return (
    <search className={css['panel']} aria-label={t('filters.title')}>
      <form
        key={JSON.stringify(filters)}
        className={css['logForm']}
        aria-label={t('filters.title')}
        onSubmit={(event) => {
          event.preventDefault();
          const values = new FormValues(new FormData(event.currentTarget));
          onChange(Object.fromEntries(logFilterNames.map((name) => [name, values.text(name)])));
        }}
      >
        <div className={css['logFilters']}>
          <SelectField
            name="action"
            label={log('log.what')}
            empty={t('filters.any')}
            defaultValue={action}
            options={options}
          />
          <TextField name="from" type="date" label={log('log.from')} defaultValue={from} max="9999-12-31" />
          <TextField name="to" type="date" label={log('log.to')} defaultValue={to} max="9999-12-31" />
          {withActor && (
            <TextField
              name="actorId"
              label={log('log.actor')}
              hint={log('log.id.hint')}
              defaultValue={actorId}
              pattern={idPattern}
              spellCheck={false}
            />
          )}
          <TextField
            name="subjectId"
            label={log('log.subject')}
            hint={log('log.id.hint')}
            defaultValue={subjectId}
            pattern={idPattern}
            spellCheck={false}
          />
        </div>
        <Row>
          <Button type="submit" variant="primary" icon="search">
            {t('filters.apply')}
          </Button>
          {Object.keys(filters).length > 0 && <Button onClick={() => onChange({})}>{t('filters.clear')}</Button>}
        </Row>
      </form>
    </search>
  );
}
