import type { SpecialtyCode, Urgency } from '@openward/contracts';

/** What somebody says in a room. */
export type Line = readonly [who: 'patient' | 'doctor', text: string];

/** A reason to ask for care, and what a doctor makes of it. Several people may come with the same. */
export type Case = {
  readonly specialty: SpecialtyCode;
  readonly urgency: Urgency;
  /** Whom it happens to; everybody when absent. Ages in years. */
  readonly who?: { readonly sex?: 'female' | 'male'; readonly minAge?: number; readonly maxAge?: number };
  /** How long it has gone on: what `{since}` in the complaint becomes. */
  readonly lasts: 'days' | 'weeks' | 'months';
  readonly complaints: readonly string[];
  readonly diagnosis: {
    readonly title: string;
    readonly icd10: string;
    readonly description: string;
    readonly recommendations: string;
  };
  /** How the two may talk about it. Its beginning alone, four lines or more, makes sense too. */
  readonly talk?: readonly Line[];
};
