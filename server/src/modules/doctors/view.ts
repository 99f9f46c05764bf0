import { type Doctor, type DoctorProfile, type SpecialtyCode, specialties } from '@openward/contracts';
import { averageOf, type RatingTotals, scoreOf } from './score.ts';
import type { doctors } from './tables.ts';

export type DoctorRow = typeof doctors.$inferSelect;

const names = new Map<string, string>(specialties);

/** A specialty's code → what goes out. */
export function specialtyView(code: string): { code: string; name: string } {
  return { code, name: names.get(code) ?? code };
}

export function isSpecialty(code: string): code is SpecialtyCode {
  return names.has(code);
}

export function totalsOf(row: DoctorRow): RatingTotals {
  return { count: row.ratingCount, sum: row.ratingSum, sumOfSquares: row.ratingSumOfSquares };
}

function ratingView(row: DoctorRow) {
  const totals = totalsOf(row);
  return { average: averageOf(totals), count: totals.count, score: Math.round(scoreOf(totals) * 1000) / 1000 };
}

/** The public profile. */
export function doctorView(row: DoctorRow): Doctor {
  return {
    id: row.accountId,
    fullName: row.fullName,
    specialty: specialtyView(row.specialty),
    experienceYears: row.experienceYears,
    languages: row.languages,
    bio: row.bio,
    acceptingRequests: row.acceptingRequests,
    address: row.country === null || row.city === null ? null : { country: row.country, city: row.city },
    rating: ratingView(row),
  };
}

/** The profile as its owner and admins see it. */
export function doctorProfileView(row: DoctorRow): DoctorProfile {
  const { specialty, bio, experienceYears, languages, acceptingRequests, rating } = doctorView(row);
  return { specialty, licenseNumber: row.licenseNumber, bio, experienceYears, languages, acceptingRequests, rating };
}
