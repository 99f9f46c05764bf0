import type { Urgency } from '@openward/contracts';
import type { Case, Line } from './data/case.ts';
import { cases } from './data/cases/all-cases.ts';
import { asides, cancelReasons, declineReasons, durations, ratingComments, releaseReasons } from './data/phrases.ts';
import { demoSpecialties } from './data/specialties.ts';
import type { Cast, PlannedDoctor, PlannedPatient } from './plan-people.ts';
import type { Random } from './random.ts';

export type PlannedRequest = {
  patient: PlannedPatient;
  /** Null: to the whole specialty. */
  to: PlannedDoctor | null;
  matter: Case;
  complaint: string;
  urgency: Urgency;
  /** Who took it first and handed it back, and why. */
  released: { by: PlannedDoctor; reason: string } | null;
  fate: Fate;
  /** What the two say while the room is open. */
  talk: readonly Line[];
};

export type Fate =
  | { end: 'submitted' }
  | { end: 'cancelled'; reason: string }
  | { end: 'declined'; by: PlannedDoctor; reason: string }
  | { end: 'accepted' | 'diagnosed' | 'closed'; by: PlannedDoctor; rating: { stars: number; comment?: string } | null };

/** Of the rooms whose matter has a conversation, so many have it: about 25 in all. */
const talkative = 0.5;

/** What happens in the demo, in its order; what the demo patient has at this moment comes last, so that it is the newest. */
export function planRequests(random: Random, cast: Cast): PlannedRequest[] {
  const planner = new Planner(random, cast);
  return [
    ...random.shuffle([...planner.rated(), ...planner.others()]),
    ...planner.waiting(),
    ...planner.ofDemoPatient(),
  ];
}

const redFlagged = 'Since this morning I have had a pressure in my chest that goes into the left arm.';

class Planner {
  readonly #random: Random;
  readonly #cast: Cast;
  /** How often each specialty was asked: its cases come in turn. */
  readonly #asked = new Map<string, number>();

  constructor(random: Random, cast: Cast) {
    this.#random = random;
    this.#cast = cast;
  }

  /** For each star that a doctor has, the request that it was for. */
  rated(): PlannedRequest[] {
    return this.#cast.doctors.flatMap((by) =>
      by.stars.map((stars) => {
        const rating = { stars, ...this.#comment(stars) };
        const end = this.#random.chance(0.15) ? 'diagnosed' : 'closed';
        return this.#plan(by, { end, by, rating }, { direct: this.#random.chance(0.7) });
      }),
    );
  }

  /** The states that the rated ones leave out, spread over the specialties; the first one, the demo doctor's, has them all. */
  others(): PlannedRequest[] {
    return demoSpecialties.flatMap((_, index) => {
      const { random, by, colleague } = this.#pair(index);
      const every = (step: number, make: () => PlannedRequest) => (index % step === 0 ? [make()] : []);
      const taken = (end: 'accepted' | 'diagnosed' | 'closed'): Fate => ({ end, by, rating: null });
      const reason = random.pick(releaseReasons);
      return [
        this.#plan(by, { end: 'submitted' }, { direct: false }),
        ...every(2, () => this.#plan(by, { end: 'submitted' }, { direct: true })),
        ...every(2, () => this.#plan(by, taken('accepted'), { direct: random.chance(0.5) })),
        ...every(3, () => this.#plan(by, taken('diagnosed'), { direct: true })),
        ...every(6, () => this.#plan(by, taken('closed'), { direct: true })),
        ...every(3, () =>
          this.#plan(by, { end: 'cancelled', reason: random.pick(cancelReasons) }, { direct: random.chance(0.5) }),
        ),
        ...every(3, () =>
          this.#plan(by, { end: 'declined', by, reason: random.pick(declineReasons) }, { direct: true }),
        ),
        ...every(7, () => this.#plan(by, { end: 'submitted' }, { direct: true, released: { by, reason } })),
        ...every(5, () => this.#plan(by, taken('closed'), { direct: false, released: { by: colleague, reason } })),
      ];
    });
  }

  /** Who waits for the demo doctor’s specialty, of each urgency; one with a red flag in the complaint. */
  waiting(): PlannedRequest[] {
    const { by } = this.#pair(0);
    const plan = (urgency: Urgency) => ({ ...this.#plan(by, { end: 'submitted' }, { direct: false }), urgency });
    return [plan('routine'), plan('urgent'), { ...plan('emergency'), complaint: redFlagged }];
  }

  /** Something in every list: an open room with the demo doctor, one to rate, closed ones, one that waits. */
  ofDemoPatient(): PlannedRequest[] {
    const [patient] = this.#cast.patients;
    const [doctor] = this.#cast.doctors;
    if (patient === undefined || doctor === undefined) throw new Error('The demo has nobody to log in as.');
    const first = (code: string) => this.#doctorsOf(code)[0] ?? doctor;
    const plan = (by: PlannedDoctor, matter: number, fate: Fate, direct = true) =>
      this.#plan(by, fate, { direct, patient, matter: caseOf(by.specialty, matter), talks: true });
    const closed = (by: PlannedDoctor, stars: number | null): Fate => ({
      end: 'closed',
      by,
      rating: stars === null ? null : { stars, comment: ratingComments[stars]?.[0] ?? '' },
    });
    return [
      plan(first('dermatology'), 0, closed(first('dermatology'), 4)),
      plan(first('orthopedics'), 3, { end: 'declined', by: first('orthopedics'), reason: declineReasons[1] }),
      plan(first('orthopedics'), 0, closed(first('orthopedics'), null), false),
      plan(doctor, 3, closed(doctor, 5)),
      plan(first('ophthalmology'), 3, { end: 'cancelled', reason: cancelReasons[1] }, false),
      plan(first('neurology'), 0, { end: 'submitted' }, false),
      plan(first('cardiology'), 0, { end: 'submitted' }),
      plan(doctor, 1, { end: 'diagnosed', by: doctor, rating: null }),
      plan(doctor, 0, { end: 'accepted', by: doctor, rating: null }),
    ];
  }

  #pair(index: number) {
    const four = this.#doctorsOf(demoSpecialties[index]?.code ?? '').filter(({ profile }) => profile.acceptingRequests);
    const [first] = four;
    if (first === undefined) throw new Error('A specialty of the demo has no doctors.');
    const by = index === 0 ? first : this.#random.pick(four);
    return { random: this.#random, by, colleague: four.find((doctor) => doctor !== by) ?? by };
  }

  #doctorsOf(code: string): PlannedDoctor[] {
    return this.#cast.doctors.filter(({ specialty }) => specialty === code);
  }

  #plan(
    doctor: PlannedDoctor,
    fate: Fate,
    options: {
      direct: boolean;
      released?: PlannedRequest['released'];
      patient?: PlannedPatient;
      matter?: Case;
      talks?: boolean;
    },
  ): PlannedRequest {
    const {
      direct,
      released = null,
      matter = this.#nextCase(doctor.specialty),
      talks = this.#random.chance(talkative),
    } = options;
    return {
      patient: options.patient ?? this.#patientWith(matter),
      to: direct ? doctor : null,
      matter,
      complaint: this.#complaint(matter),
      urgency: matter.urgency,
      released,
      fate,
      talk: talks ? talkUntil(fate, matter.talk ?? []) : [],
    };
  }

  #nextCase(code: string): Case {
    const asked = this.#asked.get(code) ?? 0;
    this.#asked.set(code, asked + 1);
    return caseOf(code, asked);
  }

  /** Somebody to whom it happens. Never the demo patient, whose requests are planned one by one. */
  #patientWith({ who = {} }: Case): PlannedPatient {
    const { sex, minAge = 0, maxAge = 150 } = who;
    const fitting = this.#cast.patients
      .slice(1)
      .filter(({ age, profile }) => age >= minAge && age <= maxAge && (sex === undefined || sex === profile.sex));
    return this.#random.pick(fitting);
  }

  #complaint({ complaints, lasts }: Case): string {
    const text = this.#random.pick(complaints).replace('{since}', this.#random.pick(durations[lasts]));
    return this.#random.chance(0.35) ? `${text} ${this.#random.pick(asides)}` : text;
  }

  /** Some only leave stars. */
  #comment(stars: number): { comment?: string } {
    return this.#random.chance(0.75) ? { comment: this.#random.pick(ratingComments[stars] ?? []) } : {};
  }
}

function caseOf(code: string, index: number): Case {
  const own = cases.filter(({ specialty }) => specialty === code);
  const found = own[index % own.length];
  if (found === undefined) throw new Error(`The demo has no cases for ${code}.`);
  return found;
}

/** Of a request that is still being treated, the beginning; nothing where nobody took it. */
function talkUntil({ end }: Fate, talk: readonly Line[]): readonly Line[] {
  if (end === 'accepted') return talk.slice(0, 5);
  return end === 'diagnosed' || end === 'closed' ? talk : [];
}
