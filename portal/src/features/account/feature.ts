import type { Feature } from '#app/feature.ts';

export const account: Feature = { routes: [] };
