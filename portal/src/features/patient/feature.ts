import type { Feature } from '#app/feature.ts';

export const patient: Feature = {
  home: { patient: '/requests' },
  routes: [
    {
      path: '/requests',
      who: ['patient'],
      load: () => import('./requests-page.tsx'),
      messages: ['patient', 'specialties'],
    },
  ],
  nav: [{ path: '/requests', icon: 'home', label: 'nav.requests', who: ['patient'], order: 10 }],
};
