import type { Feature } from '#app/feature.ts';

const everybody = ['patient', 'doctor', 'admin'] as const;

export const account: Feature = {
  routes: [
    { path: '/account', who: 'logged-in', load: () => import('./profile-page.tsx'), messages: ['account'] },
    { path: '/security', who: 'logged-in', load: () => import('./security-page.tsx'), messages: ['account'] },
    // Named in the mail about a new device.
    { path: '/sessions', who: 'logged-in', load: () => import('./sessions-page.tsx'), messages: ['account'] },
    { path: '/my-data', who: 'logged-in', load: () => import('./data-page.tsx'), messages: ['account'] },
  ],
  nav: [
    { path: '/account', icon: 'account', label: 'nav.account', who: everybody, order: 70, place: 'menu' },
    { path: '/security', icon: 'lock', label: 'nav.security', who: everybody, order: 80, place: 'menu' },
    { path: '/sessions', icon: 'system', label: 'nav.sessions', who: everybody, order: 90, place: 'menu' },
    { path: '/my-data', icon: 'file', label: 'nav.data', who: everybody, order: 95, place: 'menu' },
  ],
};
