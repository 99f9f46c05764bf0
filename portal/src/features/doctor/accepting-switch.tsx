import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '#app/api.ts';
import { type Me, meQuery, useMe } from '#app/session.ts';
import { useText } from '#i18n/use-text.ts';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import css from './switch.module.css';

/** Whether patients may ask this doctor. It turns at once, and back when the server refuses. */
export function AcceptingSwitch() {
  const t = useText('doctor');
  const me = useMe();
  const queries = useQueryClient();
  const problemText = useProblemText();
  const change = useMutation({
    mutationFn: (acceptingRequests: boolean) => api.updateMe({ doctor: { acceptingRequests } }),
    onSuccess: (changed: Me) => {
      queries.setQueryData(meQuery.queryKey, changed);
      // Requests to the specialty come and go with it.
      void queries.invalidateQueries({ queryKey: ['requests'] });
      toast(changed.doctor?.acceptingRequests === true ? t('accepting.nowOn') : t('accepting.nowOff'));
    },
    onError: (error) => toast(problemText.of(error), 'danger'),
  });
  if (me.data?.doctor === undefined) return null;
  const isOn = change.isPending ? change.variables : me.data.doctor.acceptingRequests;
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      className={css['switch']}
      onClick={() => change.isPending || change.mutate(!isOn)}
    >
      <span className={css['track']} aria-hidden="true" />
      {t('accepting.label')}
    </button>
  );
}
