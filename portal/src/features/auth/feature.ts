import type { Feature } from '#app/feature.ts';

const mailLink = () => import('./mail-link-page.tsx');

export const auth: Feature = {
  routes: [
    { path: '/', who: 'guest', load: () => import('./landing-page.tsx'), messages: ['auth'] },
    { path: '/login', who: 'guest', load: () => import('./login-page.tsx'), messages: ['auth'] },
    { path: '/register', who: 'guest', load: () => import('./register-page.tsx'), messages: ['auth', 'specialties'] },
    { path: '/forgot-password', who: 'anyone', load: () => import('./forgot-password-page.tsx'), messages: ['auth'] },
    { path: '/ban-appeal', who: 'guest', load: () => import('./ban-appeal-page.tsx'), messages: ['auth'] },
    // Printed on every summary.
    { path: '/check-summary', who: 'anyone', load: () => import('./check-summary-page.tsx'), messages: ['record'] },
    { path: '/verify-email', who: 'anyone', load: mailLink, messages: ['auth'] },
    { path: '/reset-password', who: 'anyone', load: mailLink, messages: ['auth'] },
    { path: '/set-password', who: 'anyone', load: mailLink, messages: ['auth'] },
    { path: '/confirm-email', who: 'anyone', load: mailLink, messages: ['auth'] },
    { path: '/undo-email-change', who: 'anyone', load: mailLink, messages: ['auth'] },
    { path: '/confirm-deletion', who: 'anyone', load: mailLink, messages: ['auth'] },
  ],
};
