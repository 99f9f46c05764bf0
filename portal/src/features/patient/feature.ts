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
    {
      path: '/requests/:id',
      who: ['patient'],
      load: () => import('./request-page.tsx'),
      messages: ['patient', 'record', 'specialties', 'flags'],
    },
    {
      path: '/record',
      who: ['patient'],
      load: () => import('./record-page.tsx'),
      messages: ['record', 'specialties'],
    },
    {
      path: '/ask',
      who: ['patient'],
      load: () => import('./ask-page.tsx'),
      messages: ['patient', 'appointments', 'specialties'],
    },
    {
      path: '/doctors',
      who: ['patient'],
      load: () => import('./doctors-page.tsx'),
      messages: ['patient', 'specialties'],
    },
    {
      path: '/doctors/:id',
      who: ['patient'],
      load: () => import('./doctor-page.tsx'),
      messages: ['patient', 'appointments', 'specialties'],
    },
  ],
  nav: [
    {
      path: '/requests',
      icon: 'home',
      label: 'nav.requests',
      short: 'nav.requests.short',
      who: ['patient'],
      order: 10,
    },
    { path: '/record', icon: 'file', label: 'nav.record', short: 'nav.record.short', who: ['patient'], order: 20 },
    { path: '/doctors', icon: 'doctor', label: 'nav.doctors', who: ['patient'], order: 30 },
  ],
};
