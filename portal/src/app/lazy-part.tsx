import { Component, type ComponentType, lazy, type ReactNode, Suspense, useEffect } from 'react';
import { useText } from '#i18n/use-text.ts';
import { toast } from '#ui/toast.tsx';
import { BrokenNotice } from './error-boundary.tsx';

type Load<P> = () => Promise<ComponentType<P>>;

type PartOptions<P> = {
  /** What stands there until it is loaded; default: nothing. */
  fallback?: ReactNode;
  /** What stands there when it did not arrive; default: a sentence, and a button that loads the page anew. */
  Missing?: ComponentType<P>;
};

/** A part of a page, loaded when it is first shown. Where its code or its texts do not arrive, the rest of the page goes on. */
export function lazyPart<P extends object>(load: Load<P>, options: PartOptions<P> = {}): ComponentType<P> {
  const { fallback = null, Missing = BrokenNotice } = options;
  const begin = () => lazy(async () => ({ default: await load() }));
  let newest = begin();
  return class Part extends Component<P, { Loaded: typeof newest; isMissing: boolean }> {
    override state = { Loaded: newest, isMissing: false };

    static getDerivedStateFromError() {
      return { isMissing: true };
    }

    // React remembers what it has failed with: the next time begins anew. Chromium asks for a script again only in a page loaded anew.
    override componentDidCatch() {
      if (newest === this.state.Loaded) newest = begin();
    }

    override render() {
      const { Loaded, isMissing } = this.state;
      if (isMissing) return <Missing {...this.props} />;
      return (
        <Suspense fallback={fallback}>
          <Loaded {...this.props} />
        </Suspense>
      );
    }
  };
}

/** The same for what is opened and closed: when it does not arrive that is said, and it counts as closed. */
export function lazyDialog<P extends { onClose: () => void }>(load: Load<P>): ComponentType<P> {
  return lazyPart(load, { Missing: NotOpened });
}

function NotOpened({ onClose }: { onClose: () => void }) {
  const t = useText('shell');
  useEffect(() => {
    toast(t('broken.text'), 'danger');
    onClose();
  });
  return null;
}
