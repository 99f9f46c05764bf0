import type { Feature } from '#app/feature.ts';

export const chat: Feature = {
  routes: [
    { path: '/chat', who: ['patient', 'doctor'], load: () => import('./rooms-page.tsx'), messages: ['chat'] },
    {
      path: '/chat/:roomId',
      who: ['patient', 'doctor'],
      load: () => import('./room-page.tsx'),
      messages: ['chat'],
      frame: 'full',
    },
  ],
  nav: [
    {
      path: '/chat',
      icon: 'chat',
      label: 'nav.chat',
      short: 'nav.chat.short',
      who: ['patient', 'doctor'],
      order: 20,
      badge: () => import('./nav-badge.tsx'),
    },
  ],
};
