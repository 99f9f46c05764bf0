import type { Feature } from '#app/feature.ts';

export const chat: Feature = { routes: [] };
