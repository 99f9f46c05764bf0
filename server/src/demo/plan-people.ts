import type { Address, SpecialtyCode } from '@openward/contracts';
import { bedsideManners, type Culture, cultures } from './data/cultures.ts';
import { allergies } from './data/phrases.ts';
import { type DemoSpecialty, demoSpecialties } from './data/specialties.ts';
import { demoDomain } from './logins.ts';
import type { Random } from './random.ts';

export type PlannedDoctor = {
  email: string;
  fullName: string;
  address: Address;
  timeZone: string;
  specialty: SpecialtyCode;
  licenseNumber: string;
  approved: boolean;
  profile: { bio: string; experienceYears: number; languages: string[]; acceptingRequests: boolean };
  /** The stars of the ratings to come. */
  stars: readonly number[];
};

export type PlannedPatient = {
  email: string;
  fullName: string;
  address: Address;
  /** Years, at the time that the demo was written. */
  age: number;
  profile: {
    birthDate: string;
    sex: 'female' | 'male';
    phone: string;
    allergies: string | null;
    medication: string | null;
    conditions: string | null;
    emergencyContact: { name: string; relation: string; phone: string } | null;
  };
};

export type Cast = {
  /** Four for each specialty, in their order; the first is the demo doctor. */
  doctors: PlannedDoctor[];
  /** Waits for an admin's approval. */
  pendingDoctor: PlannedDoctor;
  /** The first is the demo patient. */
  patients: PlannedPatient[];
};

const patientCount = 80;
const writtenInYear = 2026;
/** Among the four of a specialty: the last one is new and has no ratings. In these specialties that one takes no requests. */
const fullyBooked: ReadonlySet<SpecialtyCode> = new Set(['pediatrics', 'ophthalmology', 'pulmonology']);

/** Who is in the demo: always the same people. */
export function planPeople(random: Random): Cast {
  const draw = drawPeople(random);
  const doctors = demoSpecialties.flatMap((specialty) =>
    specialty.stars.map((_, rank) => planDoctor(random, draw(), specialty, rank)),
  );
  const [family, , cardiology] = demoSpecialties;
  const [firstDoctor, ...otherDoctors] = doctors;
  if (family === undefined || cardiology === undefined || firstDoctor === undefined)
    throw new Error('The demo has too few specialties.');
  return {
    doctors: [asDemoDoctor(firstDoctor, family), ...otherDoctors],
    pendingDoctor: { ...planDoctor(random, draw(), cardiology, 1), approved: false, stars: [] },
    patients: [demoPatient, ...Array.from({ length: patientCount - 1 }, () => planPatient(random, draw()))],
  };
}

type Drawn = { culture: Culture; sex: 'female' | 'male'; fullName: string; email: string; city: string };

/** People of all cultures in turn, no two with the same name. */
function drawPeople(random: Random): () => Drawn {
  const order = random.shuffle(cultures);
  const taken = new Set<string>();
  let drawn = 0;
  return () => {
    const culture = order[drawn % order.length];
    if (culture === undefined) throw new Error('The demo has no cultures.');
    drawn += 1;
    for (;;) {
      const sex = random.pick(['female', 'male'] as const);
      const fullName = `${random.pick(culture[sex])} ${random.pick(culture.families)}`;
      if (taken.has(fullName)) continue;
      taken.add(fullName);
      return { culture, sex, fullName, email: emailOf(fullName), city: random.pick(culture.cities) };
    }
  };
}

const plainLetters: Record<string, string> = { ł: 'l', ø: 'o', ı: 'i', đ: 'd', ß: 'ss' };

function emailOf(fullName: string): string {
  const plain = fullName
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[łøıđß]/g, (letter) => plainLetters[letter] ?? letter);
  return `${plain.replace(/[^a-z]+/g, '.')}@${demoDomain}`;
}

function planDoctor(
  random: Random,
  person: Drawn,
  { code, title, focuses, stars }: DemoSpecialty,
  rank: number,
): PlannedDoctor {
  const { culture, fullName, email, city } = person;
  const [first, ...more] = culture.languages;
  const [manner, ...otherManners] = random.shuffle(bedsideManners);
  const bio = [
    `${title} in ${city} with a focus on ${focuses[rank] ?? focuses[0]}.`,
    manner,
    ...otherManners.slice(0, random.integer(0, 1)),
  ];
  return {
    email,
    fullName,
    address: { country: culture.country, city },
    timeZone: culture.timeZone,
    specialty: code,
    licenseNumber: `${culture.country.slice(0, 2).toUpperCase()}-${random.integer(10_000, 99_999)}`,
    approved: true,
    profile: {
      bio: bio.join(' '),
      experienceYears: rank === 3 ? random.integer(2, 6) : random.integer(7, 34),
      languages: [...new Set([first, 'en', ...more.filter(() => random.chance(0.4))])],
      acceptingRequests: !(rank === 3 && fullyBooked.has(code)),
    },
    stars: stars[rank] ?? [],
  };
}

function planPatient(random: Random, { culture, sex, fullName, email, city }: Drawn): PlannedPatient {
  const age = random.integer(21, 79);
  const two = (number: number) => String(number).padStart(2, '0');
  return {
    email,
    fullName,
    address: { country: culture.country, city },
    age,
    profile: {
      birthDate: `${writtenInYear - age}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`,
      sex,
      phone: `${culture.dialCode} 555 ${random.integer(100, 999)} ${random.integer(100, 999)}`,
      allergies: random.chance(0.3) ? random.pick(allergies) : null,
      ...longTerm(age),
      emergencyContact: null,
    },
  };
}

/** Whoever is old enough has something that stays. */
function longTerm(age: number): { medication: string | null; conditions: string | null } {
  if (age < 50) return { medication: null, conditions: null };
  return age < 65
    ? { medication: 'Ramipril 5 mg in the morning', conditions: 'High blood pressure' }
    : {
        medication: 'Metformin 1000 mg twice a day\nAtorvastatin 20 mg at night',
        conditions: 'Type 2 diabetes, high cholesterol',
      };
}

function asDemoDoctor(doctor: PlannedDoctor, { title, focuses }: DemoSpecialty): PlannedDoctor {
  return {
    ...doctor,
    email: `doctor@${demoDomain}`,
    fullName: 'Helena Duarte',
    address: { country: 'Portugal', city: 'Porto' },
    timeZone: 'Europe/Lisbon',
    licenseNumber: 'PO-48213',
    profile: {
      bio: `${title} in Porto with a focus on ${focuses[0]}. I take the time to explain, and I like questions. You get a written plan from me that you can follow step by step.`,
      experienceYears: 17,
      languages: ['pt', 'en', 'de'],
      acceptingRequests: true,
    },
  };
}

const demoPatient: PlannedPatient = {
  email: `patient@${demoDomain}`,
  fullName: 'Jonas Weber',
  address: { country: 'Germany', city: 'Leipzig' },
  age: 41,
  profile: {
    birthDate: '1985-04-09',
    sex: 'male',
    phone: '+49 555 418 207',
    allergies: 'Birch and hazel pollen',
    medication: 'Cetirizine 10 mg when the pollen flies',
    conditions: 'Hay fever since childhood; appendix removed in 2009',
    emergencyContact: { name: 'Lena Hoffmann', relation: 'Sister', phone: '+49 555 418 208' },
  },
};
