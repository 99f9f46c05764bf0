import Type, { type Static } from 'typebox';
import { Nullable, OneOf, Shape } from './schema.ts';
import { Specialty } from './specialties.ts';

/** How an estimate comes about. */
export const estimateBases = ['recent-waits', 'too-few-waits', 'longer-than-usual'] as const;

export const Queue = Shape({
  position: Type.Integer({ minimum: 1, description: '1: the next one. Counted up to 1,001.' }),
  ahead: Type.Integer({ minimum: 0 }),
  estimateMinutes: Nullable(
    Type.Integer({
      description:
        'Of those who waited lately in the same specialty with the same urgency, and as long as this one already, three of four were taken within so many more minutes.',
    }),
  ),
  basis: OneOf(estimateBases, {
    description:
      'Without an estimate: `too-few-waits`, fewer than eight to go by in seven days; `longer-than-usual`, hardly anybody waited as long.',
  }),
  basedOn: Type.Integer({ description: 'So many waits were looked at, at most the last 200 of seven days.' }),
});
export type Queue = Static<typeof Queue>;

export const Availability = Shape({
  state: OneOf(['available', 'nobody-accepting', 'doctor-away'], {
    description:
      '`nobody-accepting`: no doctor of the specialty takes requests now; it stays in the queue, and whoever comes sees it. `doctor-away`: the doctor who was asked takes none now. What to do meanwhile: `askInstead`, `emergency`.',
  }),
  doctors: Type.Integer({
    description: 'How many who could take it are approved and accept requests now, counted up to 100.',
  }),
  askInstead: Type.Array(Specialty, {
    description: 'Where nobody is available: specialties in which somebody accepts now, three at most.',
  }),
});
export type Availability = Static<typeof Availability>;

/** Whom to call where the patient lives; null where that is not known. */
export const EmergencyNumbers = Shape({
  number: Nullable(Type.String({ examples: ['112'] })),
  crisisLine: Nullable(Type.String({ description: 'For who thinks of suicide.', examples: ['988'] })),
});
export type EmergencyNumbers = Static<typeof EmergencyNumbers>;
