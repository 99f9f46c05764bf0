import type { Feature } from '#app/feature.ts';

export const appointments: Feature = {
  routes: [
    {
      path: '/appointments',
      who: ['patient', 'doctor'],
      load: () => import('./appointments-page.tsx'),
      messages: ['appointments'],
    },
    {
      path: '/appointments/:id',
      who: ['patient', 'doctor'],
      load: () => import('./appointment-page.tsx'),
      messages: ['appointments'],
    },
    { path: '/hours', who: ['doctor'], load: () => import('./hours-page.tsx'), messages: ['appointments'] },
  ],
  nav: [
    { path: '/appointments', icon: 'calendar', label: 'nav.appointments', who: ['patient', 'doctor'], order: 25 },
    { path: '/hours', icon: 'clock', label: 'nav.hours', who: ['doctor'], order: 42, place: 'menu' },
  ],
};
