import { type Doctor, type DoctorProfile, type SpecialtyCode, specialties } from '@openward/contracts';
import { averageOf, scoreAt, whyOf } from './score.ts';
import { doctors } from './tables.ts';

export type DoctorRow = typeof doctors.$inferSelect;

/** What the public profile is made of: a page would read the other columns twenty times for nothing. */
export const shownColumns = {
  accountId: doctors.accountId,
  specialty: doctors.specialty,
  fullName: doctors.fullName,
  country: doctors.country,
  city: doctors.city,
  bio: doctors.bio,
  experienceYears: doctors.experienceYears,
  languages: doctors.languages,
  acceptingRequests: doctors.acceptingRequests,
  ratingCount: doctors.ratingCount,
  ratingSum: doctors.ratingSum,
  ratingPatients: doctors.ratingPatients,
  ratedAt: doctors.ratedAt,
  score: doctors.score,
};
export type ShownDoctor = Pick<DoctorRow, keyof typeof shownColumns>;

const names = new Map<string, string>(specialties);

/** A specialty's code → what goes out. */
export function specialtyView(code: string): { code: string; name: string } {
  return { code, name: names.get(code) ?? code };
}

export function isSpecialty(code: string): code is SpecialtyCode {
  return names.has(code);
}

function ratingView(row: ShownDoctor, now: Date): Doctor['rating'] {
  const score = Math.round(scoreAt(row.score, now) * 1000) / 1000;
  return { average: averageOf(row), count: row.ratingCount, score, why: whyOf(row, now) };
}

/** The public profile. */
export function doctorView(row: ShownDoctor, now: Date): Doctor {
  return {
    id: row.accountId,
    fullName: row.fullName,
    specialty: specialtyView(row.specialty),
    experienceYears: row.experienceYears,
    languages: row.languages,
    bio: row.bio,
    acceptingRequests: row.acceptingRequests,
    address: row.country === null || row.city === null ? null : { country: row.country, city: row.city },
    rating: ratingView(row, now),
  };
}

/** The profile as its owner and admins see it. */
export function doctorProfileView(row: DoctorRow, now: Date): DoctorProfile {
  const { specialty, bio, experienceYears, languages, acceptingRequests, rating } = doctorView(row, now);
  return {
    specialty,
    licenseNumber: row.licenseNumber || null,
    bio,
    experienceYears,
    languages,
    acceptingRequests,
    rating,
  };
}
