import { Component, type ReactNode } from 'react';
import { useText } from '#i18n/use-text.ts';
import { Button } from '#ui/button.tsx';
import { Notice } from '#ui/notice.tsx';
import { PageBody } from '#ui/page-body.tsx';

/** A page that cannot be shown, mostly because its code did not arrive: the rest of the portal goes on. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const t = useText('shell');
  return (
    <PageBody title={t('broken.title')} width="narrow">
      <BrokenNotice />
    </PageBody>
  );
}

/** Loading anew brings the newest version: after an update of the server old parts are gone. */
export function BrokenNotice() {
  const t = useText('shell');
  return (
    <Notice kind="warning">
      <p>{t('broken.text')}</p>
      <Button variant="primary" icon="refresh" onClick={() => location.reload()}>
        {t('retry')}
      </Button>
    </Notice>
  );
}
