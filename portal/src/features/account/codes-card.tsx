import type { Reply } from '@openward/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '#app/api.ts';
import { lazyPart } from '#app/lazy-part.tsx';
import { useMe } from '#app/session.ts';
import { withStepUp } from '#app/step-up.ts';
import { useText } from '#i18n/use-text.ts';
import { Badge } from '#ui/badge.tsx';
import { Button } from '#ui/button.tsx';
import { Card } from '#ui/card.tsx';
import { OneTimeCodeField, PasswordField } from '#ui/field.tsx';
import { FormDialog } from '#ui/form-dialog.tsx';
import { Skeleton } from '#ui/skeleton.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './account.module.css';

const QrCode = lazyPart(async () => (await import('./qr-code.tsx')).QrCode, { fallback: <Skeleton /> });

/** Codes from an app (RFC 6238) beside the password. */
export function CodesCard({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const t = useText('account');
  const me = useMe();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const [setUp, setSetUp] = useState<Reply<'setUpTotp'> | null>(null);
  const [isLeaving, setIsLeaving] = useState(false);
  const isOn = me.data?.mfaEnabled === true;
  const begin = useMutation({
    mutationFn: () => withStepUp(() => api.setUpTotp()),
    onSuccess: setSetUp,
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['me'] });
  return (
    <Card title={t('totp.title')} actions={isOn && <Badge tone="good">{t('factor.on')}</Badge>}>
      <p>{t('totp.text')}</p>
      <div className={css['buttons']}>
        <Button busy={begin.isPending} onClick={() => begin.mutate()}>
          {t('totp.setUp')}
        </Button>
        {isOn && (
          <Button variant="quiet" onClick={() => setIsLeaving(true)}>
            {t('totp.off')}
          </Button>
        )}
      </div>
      {setUp !== null && (
        <SetUpDialog
          setUp={setUp}
          onClose={() => setSetUp(null)}
          onDone={async (codes) => {
            setSetUp(null);
            toast(t('totp.done'));
            onCodes(codes);
            await changed();
          }}
        />
      )}
      <FormDialog
        title={t('totp.off')}
        confirm={t('totp.off')}
        danger
        open={isLeaving}
        onClose={() => setIsLeaving(false)}
        explain={(error) => (error.code === 'invalid-credentials' ? t('totp.offWrong') : null)}
        onSubmit={async (values) => {
          await api.disableTotp({ password: values.exact('password'), code: values.code('code') });
          setIsLeaving(false);
          toast(t('totp.offDone'));
          await changed();
        }}
      >
        <PasswordField name="password" label={t('password')} autoComplete="current-password" required />
        <OneTimeCodeField name="code" label={t('totp.codeOrRecovery')} required />
      </FormDialog>
    </Card>
  );
}

type SetUpProps = {
  setUp: Reply<'setUpTotp'>;
  onClose: () => void;
  onDone: (codes: string[]) => Promise<void>;
};

function SetUpDialog({ setUp, onClose, onDone }: SetUpProps) {
  const t = useText('account');
  return (
    <FormDialog
      title={t('totp.title')}
      confirm={t('totp.confirm')}
      onClose={onClose}
      explain={(error) => (error.code === 'invalid-credentials' ? t('totp.wrong') : null)}
      onSubmit={async (values) => onDone((await api.confirmTotp({ code: values.code('code') })).recoveryCodes)}
    >
      <p>{t('totp.scan')}</p>
      <QrCode text={setUp.otpauthUri} label={t('totp.qr')} />
      <p>
        <a href={setUp.otpauthUri}>{t('totp.open')}</a>
      </p>
      <p>
        {t('totp.secret')} <code className={css['secret']}>{setUp.secret}</code>
      </p>
      <OneTimeCodeField name="code" label={t('totp.code')} inputMode="numeric" required />
    </FormDialog>
  );
}
