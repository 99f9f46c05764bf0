import Type from 'typebox';
import { OneOf, Shape } from './schema.ts';
import { specialtyNames } from './specialty-names/en.ts';

export type SpecialtyCode = keyof typeof specialtyNames;

/** Each with its English name; those of other languages stand in the files beside it. */
export const specialties = Object.entries(specialtyNames) as [SpecialtyCode, string][];

/** What comes in. */
export const SpecialtyCode = OneOf(
  specialties.map(([code]) => code),
  { description: 'A code out of GET /specialties.' },
);

/** What goes out. */
export const Specialty = Shape({ code: Type.String(), name: Type.String() });
