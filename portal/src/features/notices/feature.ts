import type { Feature } from '#app/feature.ts';

const everybody = ['patient', 'doctor', 'admin'] as const;

export const notices: Feature = {
  routes: [
    { path: '/notifications', who: 'logged-in', load: () => import('./notifications-page.tsx'), messages: ['notices'] },
    {
      path: '/notification-settings',
      who: 'logged-in',
      load: () => import('./settings-page.tsx'),
      messages: ['notices'],
    },
  ],
  nav: [{ path: '/notifications', icon: 'bell', label: 'nav.notifications', who: everybody, order: 60, place: 'menu' }],
};
