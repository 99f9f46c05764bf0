import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['account']> = {};
