import type { NotificationPreference } from '@openward/contracts';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { type Me, useMe } from '#app/session.ts';
import { type Language, languageNames, languages } from '#i18n/catalogue.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { CheckboxField, SelectField } from '#ui/field.tsx';
import { Form } from '#ui/form.tsx';
import { Unseen } from '#ui/layout.tsx';
import { PageBody } from '#ui/page-body.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { type Column, Table } from '#ui/table.tsx';
import { toast } from '#ui/toast.tsx';
import { PushCard } from './push-card.tsx';

const queryKey = ['notifications', 'preferences'];

/** What comes by mail and to a device beside the list in the portal. */
export function Page() {
  const t = useText('notices');
  const me = useMe();
  const preferences = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.getNotificationPreferences({}, { signal }),
  });
  return (
    <PageBody title={t('settings.title')} lead={t('settings.lead')} width="narrow">
      <PushCard />
      <QueryState query={preferences}>
        {({ items }) => <QueryState query={me}>{(me) => <Choice items={items} me={me} />}</QueryState>}
      </QueryState>
    </PageBody>
  );
}

function Choice({ items, me }: { items: readonly NotificationPreference[]; me: Me }) {
  const t = useText('notices');
  const queries = useQueryClient();
  const columns: Column<NotificationPreference>[] = [
    { head: t('settings.kind'), cell: ({ kind }) => t(`kind.${kind}`) },
    {
      head: t('settings.mail'),
      cell: ({ kind, mail, fixed }) =>
        fixed ? (
          t('settings.always')
        ) : (
          <CheckboxField
            name={`${kind}.mail`}
            label={<Unseen>{t('settings.mailOf', { kind: t(`kind.${kind}`) })}</Unseen>}
            defaultChecked={mail}
          />
        ),
    },
    {
      head: t('settings.push'),
      cell: ({ kind, push, fixed }) =>
        fixed ? (
          t('settings.never')
        ) : (
          <CheckboxField
            name={`${kind}.push`}
            label={<Unseen>{t('settings.pushOf', { kind: t(`kind.${kind}`) })}</Unseen>}
            defaultChecked={push}
          />
        ),
    },
  ];
  return (
    <Form
      label={t('settings.title')}
      onSubmit={async (values) => {
        const chosen = items.flatMap(({ kind, fixed }) =>
          fixed || kind === 'security'
            ? []
            : [{ kind, mail: values.checked(`${kind}.mail`), push: values.checked(`${kind}.push`) }],
        );
        queries.setQueryData(queryKey, await api.setNotificationPreferences({ items: chosen }));
        queries.setQueryData(['me'], await api.updateMe({ language: values.text('language') as Language }));
        toast(t('settings.saved'));
      }}
      actions={({ busy }) => (
        <Button type="submit" variant="primary" busy={busy}>
          {t('settings.save')}
        </Button>
      )}
    >
      <SelectField
        name="language"
        label={t('settings.language')}
        hint={t('settings.language.hint')}
        defaultValue={me.language}
        options={languages.map((value) => ({ value, label: languageNames[value] }))}
        required
      />
      <Table caption={t('settings.title')} columns={columns} rows={items} keyOf={({ kind }) => kind} />
    </Form>
  );
}
