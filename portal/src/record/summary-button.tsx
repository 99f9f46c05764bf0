import { useMutation } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { saveFile } from '#app/save-file.ts';
import { useLanguage } from '#i18n/language.ts';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';

/** A diagnosed request on paper, in the language and zone of whoever prints it. */
export function SummaryButton({ requestId }: { requestId: string }) {
  const t = useText('record');
  const language = useLanguage();
  const problemText = useProblemText();
  const load = useMutation({
    mutationFn: () =>
      api.getSummary({ id: requestId, language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
    onSuccess: (file) => saveFile(file, `${t('summary.file')}.pdf`),
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  return (
    <Button icon="download" busy={load.isPending} onClick={() => load.mutate()}>
      {t('summary.button')}
    </Button>
  );
}
