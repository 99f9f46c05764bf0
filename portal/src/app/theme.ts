import { useSyncExternalStore } from 'react';
import { readKept, writeKept } from '#i18n/kept.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

let current: Theme = themes.find((theme) => theme === readKept('theme')) ?? 'system';
const listeners = new Set<() => void>();

/** Before anything is drawn, so that nothing flashes. */
export function applyTheme(): void {
  if (current === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = current;
}

export function setTheme(theme: Theme): void {
  current = theme;
  writeKept('theme', theme === 'system' ? null : theme);
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
