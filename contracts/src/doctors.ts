import Type, { type Static } from 'typebox';
import { route } from './route.ts';
import { Id, IdParams, Line, List, Nullable, OneOf, Page, PageQuery, Shape, Time } from './schema.ts';
import { Specialty, SpecialtyCode } from './specialties.ts';

/** What a score rests on, by which of these is most worth knowing. */
export const ratingReasons = ['not-rated', 'few-patients', 'long-ago', 'many-patients'] as const;
export type RatingReason = (typeof ratingReasons)[number];

/** Why a score is what it is: in numbers, for whoever shows it in words of their own, and in English. */
const RatingWhy = Shape({
  code: OneOf(ratingReasons),
  ratings: Type.Integer(),
  /** Several ratings by one patient weigh as one. */
  patients: Type.Integer(),
  latestAt: Nullable(Time),
  text: Type.String(),
});

/**
 * `average`: the mean of all stars with two decimals, null without a rating. `score`: what `sort=rating` sorts by, a lower
 * confidence bound of the mean in which a patient has one vote and newer ratings weigh more, so that neither one five-star
 * review nor one patient with many wins. `why`: what it rests on.
 */
export const RatingSummary = Shape({
  average: Nullable(Type.Number()),
  count: Type.Integer(),
  score: Type.Number(),
  why: Type.Optional(RatingWhy),
});

/** A doctor's public profile. */
export const Doctor = Shape({
  id: Id,
  fullName: Type.String(),
  specialty: Specialty,
  experienceYears: Type.Integer(),
  languages: Type.Array(Type.String()),
  bio: Nullable(Type.String()),
  acceptingRequests: Type.Boolean(),
  address: Nullable(Shape({ country: Type.String(), city: Type.String() })),
  rating: RatingSummary,
});
export type Doctor = Static<typeof Doctor>;

/** A doctor's own profile, and an admin's view of it. */
export const DoctorProfile = Shape({
  specialty: Specialty,
  /** Null once the account is deleted. */
  licenseNumber: Nullable(Type.String()),
  bio: Nullable(Type.String()),
  experienceYears: Type.Integer(),
  languages: Type.Array(Type.String()),
  acceptingRequests: Type.Boolean(),
  rating: RatingSummary,
});
export type DoctorProfile = Static<typeof DoctorProfile>;

export const doctorSorts = ['rating', 'experience', 'name', 'newest'] as const;
export type DoctorSort = (typeof doctorSorts)[number];

export const listSpecialties = route({
  method: 'GET',
  path: '/specialties',
  area: 'Doctors',
  summary: 'The medical specialties, each with the number of its listed doctors.',
  who: 'anyone',
  replies: { 200: List(Shape({ code: Type.String(), name: Type.String(), doctorCount: Type.Integer() })) },
  errors: [],
});

export const listDoctors = route({
  method: 'GET',
  path: '/doctors',
  area: 'Doctors',
  summary:
    'The doctors: approved, not banned, filtered and sorted. A page of a rare combination may be shorter than `limit`: only `nextCursor` says whether there is more.',
  who: 'anyone',
  query: Shape({
    specialty: Type.Optional(SpecialtyCode),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          'Words of the name or their beginnings, in any order, with or without accents. Whoever fits as it is typed comes first; then who would if one letter of a word were other, missing, too many or swapped with the next.',
      }),
    ),
    language: Type.Optional(Type.String({ minLength: 2, maxLength: 35 })),
    country: Type.Optional(Line(100, 'Portugal')),
    city: Type.Optional(Line(100, 'Porto')),
    accepting: Type.Optional(Type.Boolean({ description: 'Whether they take new requests now.' })),
    minRating: Type.Optional(Type.Number({ minimum: 0, maximum: 5, description: 'The least average.' })),
    sort: Type.Optional(OneOf(doctorSorts, { description: 'Default: rating.' })),
    ...PageQuery,
  }),
  replies: { 200: Page(Doctor) },
  errors: [],
});

export const getDoctor = route({
  method: 'GET',
  path: '/doctors/{id}',
  area: 'Doctors',
  summary: 'A doctor’s public profile.',
  who: 'anyone',
  params: IdParams,
  replies: { 200: Doctor },
  errors: ['not-found'],
});

export const listRatings = route({
  method: 'GET',
  path: '/doctors/{id}/ratings',
  area: 'Doctors',
  summary: 'A doctor’s ratings, newest first. No patient is named.',
  who: 'anyone',
  params: IdParams,
  query: Shape(PageQuery),
  replies: {
    200: Page(Shape({ stars: Type.Integer(), comment: Nullable(Type.String()), createdAt: Time })),
  },
  errors: ['not-found'],
});
