import type { Feature } from '#app/feature.ts';

export const doctor: Feature = {
  home: { doctor: '/inbox' },
  routes: [
    { path: '/inbox', who: ['doctor'], load: () => import('./inbox-page.tsx'), messages: ['doctor', 'specialties'] },
  ],
  nav: [{ path: '/inbox', icon: 'inbox', label: 'nav.inbox', who: ['doctor'], order: 10 }],
};
