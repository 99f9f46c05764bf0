import { useEffect } from 'react';
import type { PageProps } from '#app/feature.ts';
import { Conversation } from '#conversation/conversation.tsx';
import { useText } from '#i18n/use-text.ts';
import css from './chat.module.css';
import { RoomList } from './room-list.tsx';

/** A conversation over the whole window; where there is room, with the others beside it. */
export function Page({ params: { roomId = '' } }: PageProps) {
  const t = useText('chat');
  useViewport();
  return (
    <div className={css['panes']}>
      <aside className={css['list']} aria-label={t('rooms.title')}>
        <RoomList current={roomId} />
      </aside>
      <Conversation roomId={roomId} />
    </div>
  );
}

/** What an on-screen keyboard leaves, where it covers the page instead of making it smaller: iPhones. */
function useViewport(): void {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const root = document.documentElement;
    const fit = () => {
      const isCovered = innerHeight - view.height > 120 && view.scale === 1;
      if (isCovered) root.style.setProperty('--viewport', `${view.height}px`);
      else root.style.removeProperty('--viewport');
      if (isCovered) scrollTo(0, 0);
    };
    view.addEventListener('resize', fit);
    return () => {
      view.removeEventListener('resize', fit);
      root.style.removeProperty('--viewport');
    };
  }, []);
}
