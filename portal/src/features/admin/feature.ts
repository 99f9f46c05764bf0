import type { Feature } from '#app/feature.ts';

export const admin: Feature = {
  home: { admin: '/admin/users' },
  routes: [
    {
      path: '/admin/users',
      who: ['admin'],
      load: () => import('./users-page.tsx'),
      messages: ['admin', 'specialties'],
    },
    {
      path: '/admin/users/:id',
      who: ['admin'],
      load: () => import('./user-page.tsx'),
      messages: ['admin', 'specialties'],
    },
    {
      path: '/admin/approvals',
      who: ['admin'],
      load: () => import('./approvals-page.tsx'),
      messages: ['admin', 'specialties'],
    },
    { path: '/admin/appeals', who: ['admin'], load: () => import('./appeals-page.tsx'), messages: ['admin'] },
    { path: '/admin/audit', who: ['admin'], load: () => import('./audit-page.tsx'), messages: ['admin', 'log'] },
    { path: '/admin/security', who: ['admin'], load: () => import('./security-page.tsx'), messages: ['admin', 'log'] },
    { path: '/admin/abuse', who: ['admin'], load: () => import('./abuse-page.tsx'), messages: ['admin', 'log'] },
    {
      path: '/admin/stats',
      who: ['admin'],
      load: () => import('./stats-page.tsx'),
      messages: ['admin', 'figures', 'specialties'],
    },
  ],
  nav: [
    { path: '/admin/users', icon: 'users', label: 'nav.users', who: ['admin'], order: 10 },
    {
      path: '/admin/approvals',
      icon: 'check',
      label: 'nav.approvals',
      who: ['admin'],
      order: 20,
      badge: () => import('./approvals-badge.tsx'),
    },
    { path: '/admin/audit', icon: 'file', label: 'nav.audit', who: ['admin'], order: 30 },
    { path: '/admin/security', icon: 'shield', label: 'nav.events', who: ['admin'], order: 40 },
    { path: '/admin/stats', icon: 'chart', label: 'nav.stats', who: ['admin'], order: 50 },
  ],
};
