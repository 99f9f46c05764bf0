import { OpenwardError, type Reply } from '@openward/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { withStepUp } from '#app/step-up.ts';
import { useFormat } from '#i18n/use-format.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { ConfirmDialog } from '#ui/dialog.tsx';
import { TextField } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { List, ListItem } from '#ui/list.tsx';
import { QueryState } from '#ui/query-state.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './account.module.css';

type Passkey = Reply<'listPasskeys'>['items'][number];
type Registration = Parameters<typeof api.confirmPasskey>[0]['passkey'];

/** Passkeys (WebAuthn): log in with the device's own lock, without a password. */
export function PasskeysCard({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const t = useText('account');
  const queries = useQueryClient();
  const passkeys = useQuery({ queryKey: ['passkeys'], queryFn: ({ signal }) => api.listPasskeys({}, { signal }) });
  const [made, setMade] = useState<Registration | null>(null);
  const words = usePasskeyWords();
  const isPossible = 'PublicKeyCredential' in globalThis && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
  const create = useMutation({
    mutationFn: createPasskey,
    onSuccess: setMade,
    onError: (error) => toast(words(error), 'danger'),
  });
  const changed = async () => {
    await queries.invalidateQueries({ queryKey: ['passkeys'] });
    await queries.invalidateQueries({ queryKey: ['me'] });
  };
  return (
    <Card title={t('passkeys.title')}>
      <p>{t('passkeys.text')}</p>
      <QueryState query={passkeys}>
        {({ items }) =>
          items.length === 0 ? null : (
            <List label={t('passkeys.title')}>
              {items.map((passkey) => (
                <PasskeyRow key={passkey.id} passkey={passkey} onChange={changed} />
              ))}
            </List>
          )
        }
      </QueryState>
      {isPossible ? (
        <div className={css['buttons']}>
          <Button icon="key" busy={create.isPending} onClick={() => create.mutate()}>
            {t('passkeys.add')}
          </Button>
        </div>
      ) : (
        <p>{t('passkeys.impossible')}</p>
      )}
      <FormDialog
        title={t('passkeys.name')}
        confirm={t('save')}
        open={made !== null}
        onClose={() => setMade(null)}
        onSubmit={async (values) => {
          if (made === null) return;
          const { recoveryCodes } = await api.confirmPasskey({ name: values.text('name'), passkey: made });
          setMade(null);
          toast(t('passkeys.added'));
          onCodes(recoveryCodes);
          await changed();
        }}
      >
        <TextField
          name="name"
          label={t('passkeys.nameLabel')}
          hint={t('passkeys.nameHint')}
          maxLength={60}
          required
          autoFocus
        />
      </FormDialog>
    </Card>
  );
}

function PasskeyRow({ passkey, onChange }: { passkey: Passkey; onChange: () => Promise<void> }) {
  const t = useText('account');
  const format = useFormat();
  const words = usePasskeyWords();
  const [isAsked, setIsAsked] = useState(false);
  const { id, name, createdAt, lastUsedAt } = passkey;
  const remove = useMutation({
    mutationFn: () => withStepUp(() => api.removePasskey({ id })),
    onSuccess: async () => {
      toast(t('passkeys.removed'));
      await onChange();
    },
    onError: (error) => toast(words(error), 'danger'),
    onSettled: () => setIsAsked(false),
  });
  return (
    <ListItem
      title={name}
      meta={t('passkeys.since', { when: format.date(createdAt) })}
      after={
        <Button size="small" onClick={() => setIsAsked(true)} aria-label={t('passkeys.removeOf', { name })}>
          {t('passkeys.remove')}
        </Button>
      }
    >
      {lastUsedAt === null ? t('passkeys.unused') : t('passkeys.used', { when: format.ago(lastUsedAt) })}
      <ConfirmDialog
        title={t('passkeys.removeOf', { name })}
        open={isAsked}
        onClose={() => setIsAsked(false)}
        confirm={t('passkeys.remove')}
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <p>{t('passkeys.removeText')}</p>
      </ConfirmDialog>
    </ListItem>
  );
}

async function createPasskey(): Promise<Registration> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await withStepUp(() => api.setUpPasskey()));
  const credential = await navigator.credentials.create({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('No passkey was made.', 'NotAllowedError');
  return credential.toJSON() as Registration;
}

/** What the browser says when somebody declines is no problem of the server's. */
function usePasskeyWords(): (error: unknown) => string {
  const t = useText('account');
  const problemText = useProblemText();
  return (error) => (error instanceof OpenwardError ? problemText.of(error) : t('passkeys.failed'));
}
