import type { Feature } from '#app/feature.ts';

export const admin: Feature = {
  home: { admin: '/admin/users' },
  routes: [{ path: '/admin/users', who: ['admin'], load: () => import('./users-page.tsx'), messages: ['admin'] }],
  nav: [{ path: '/admin/users', icon: 'users', label: 'nav.users', who: ['admin'], order: 10 }],
};
