import { useMutation } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

/** Mails another link to confirm the address. */
export function ResendLink({ email }: { email: string }) {
  const t = useText('auth');
  const problemText = useProblemText();
  const resend = useMutation({
    mutationFn: () => api.resendVerification({ email }),
    onSuccess: () => toast(t('mail.againDone')),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <Button size="small" icon="mail" busy={resend.isPending} onClick={() => resend.mutate()}>
      {t('mail.again')}
    </Button>
  );
}
