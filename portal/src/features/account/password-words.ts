import type { OpenwardError } from '@openward/client';
import type { useText } from '#i18n/use-text.ts';

/** Here a wrong password is the only thing that can be wrong with the credentials: nobody typed an address. */
export function passwordWords(t: ReturnType<typeof useText<'account'>>) {
  return (error: OpenwardError) => (error.code === 'invalid-credentials' ? t('password.wrong') : null);
}
