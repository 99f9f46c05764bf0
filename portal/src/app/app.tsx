import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useSyncExternalStore } from 'react';
import { useLocation } from 'wouter';
import { useText } from '#i18n/use-text.ts';
import { cx } from '#ui/cx.ts';
import { Toasts } from '#ui/toast.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { lazyDialog } from './lazy-part.tsx';
import { findRoute } from './load-page.ts';
import { queryClient } from './query-client.ts';
import { CurrentPage } from './router.tsx';
import { BottomBar } from './shell/bottom-bar.tsx';
import { Header } from './shell/header.tsx';
import { OfflineBanner } from './shell/offline-banner.tsx';
import css from './shell/shell.module.css';
import { currentStepUp, subscribeStepUp } from './step-up.ts';

const StepUpDialog = lazyDialog(async () => (await import('./shell/step-up-dialog.tsx')).StepUpDialog);

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Suspense>
        <ErrorBoundary>
          <Shell />
        </ErrorBoundary>
      </Suspense>
    </QueryClientProvider>
  );
}

function Shell() {
  const t = useText('shell');
  const [path] = useLocation();
  const frame = findRoute(path)?.route.frame;
  const isBare = frame === 'bare';
  return (
    <div className={cx(css['shell'], frame === 'full' && css['full'])}>
      <a className={css['skip']} href="#main">
        {t('skip')}
      </a>
      {!isBare && <Header />}
      <OfflineBanner />
      <main id="main" tabIndex={-1} className={isBare ? css['bare'] : css['main']}>
        <CurrentPage />
      </main>
      {!isBare && <BottomBar />}
      <StepUp />
      <Toasts />
    </div>
  );
}

/** Loaded when the server asks for it: few ever see it. */
function StepUp() {
  const stepUp = useSyncExternalStore(subscribeStepUp, currentStepUp);
  if (stepUp === null) return null;
  return <StepUpDialog onDone={stepUp.done} onClose={stepUp.cancel} />;
}
