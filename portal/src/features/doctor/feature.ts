import type { Feature } from '#app/feature.ts';

export const doctor: Feature = {
  home: { doctor: '/inbox' },
  routes: [
    {
      path: '/inbox',
      who: ['doctor'],
      load: () => import('./inbox-page.tsx'),
      messages: ['doctor', 'specialties', 'flags'],
    },
    {
      path: '/inbox/:id',
      who: ['doctor'],
      load: () => import('./preview-page.tsx'),
      messages: ['doctor', 'specialties', 'flags'],
    },
    {
      path: '/consultations',
      who: ['doctor'],
      load: () => import('./consultations-page.tsx'),
      messages: ['doctor', 'specialties'],
    },
    { path: '/transfers', who: ['doctor'], load: () => import('./transfers-page.tsx'), messages: ['doctor'] },
    { path: '/transfers/:id', who: ['doctor'], load: () => import('./transfer-page.tsx'), messages: ['doctor'] },
    {
      path: '/consultations/:id',
      who: ['doctor'],
      load: () => import('./consultation-page.tsx'),
      messages: ['doctor', 'chat', 'record', 'specialties', 'flags'],
    },
    {
      path: '/doctor-profile',
      who: ['doctor'],
      load: () => import('./profile-page.tsx'),
      messages: ['doctor', 'specialties'],
    },
    {
      path: '/approval',
      who: ['doctor'],
      load: () => import('./approval-page.tsx'),
      messages: ['doctor', 'specialties'],
    },
    { path: '/my-ratings', who: ['doctor'], load: () => import('./ratings-page.tsx'), messages: ['doctor'] },
  ],
  nav: [
    {
      path: '/inbox',
      icon: 'inbox',
      label: 'nav.inbox',
      who: ['doctor'],
      order: 10,
      badge: () => import('./nav-badge.tsx'),
    },
    { path: '/consultations', icon: 'doctor', label: 'nav.consultations', who: ['doctor'], order: 15 },
    { path: '/transfers', icon: 'users', label: 'nav.transfers', who: ['doctor'], order: 39, place: 'menu' },
    { path: '/doctor-profile', icon: 'edit', label: 'nav.doctorProfile', who: ['doctor'], order: 40, place: 'menu' },
    { path: '/approval', icon: 'check', label: 'nav.approval', who: ['doctor'], order: 42, place: 'menu' },
    { path: '/my-ratings', icon: 'star', label: 'nav.ratings', who: ['doctor'], order: 41, place: 'menu' },
  ],
};
