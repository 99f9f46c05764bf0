import type { Urgency } from '@openward/contracts';

/** Which signs of an emergency are looked for. Words for each stand in words-en.ts, words-es.ts and words-de.ts. */
export type RuleId = keyof typeof rules;

type Rule = {
  /** Grows with each change of its words: what a request keeps says which words were meant. */
  version: number;
  /** What it makes of a lower urgency. */
  urgency: Exclude<Urgency, 'routine'>;
  /** Published guidance on the sign that it looks for, found as it is named here when the rules were reviewed on 2026-11-29. */
  source: Source;
};

type Source = {
  title: string;
  publisher: string;
  /** Of the edition; null for a page that does not say. */
  year: number | null;
  url: string;
};

function nice(code: string, title: string, year: number): Source {
  return {
    title: `${title} (${code.toUpperCase()})`,
    publisher: 'National Institute for Health and Care Excellence',
    year,
    url: `https://www.nice.org.uk/guidance/${code}`,
  };
}

const firstAid: Source = {
  title: 'European Resuscitation Council Guidelines 2021: First aid',
  publisher: 'European Resuscitation Council, Resuscitation 161',
  year: 2021,
  url: 'https://doi.org/10.1016/j.resuscitation.2021.02.013',
};

const sources = {
  coronary: {
    title: '2023 ESC Guidelines for the management of acute coronary syndromes',
    publisher: 'European Society of Cardiology, European Heart Journal 44',
    year: 2023,
    url: 'https://doi.org/10.1093/eurheartj/ehad191',
  },
  anaphylaxis: {
    title: 'Emergency treatment of anaphylaxis: Guidelines for healthcare providers',
    publisher: 'Resuscitation Council UK',
    year: 2021,
    url: 'https://www.resus.org.uk/library/additional-guidance/guidance-anaphylaxis/emergency-treatment',
  },
  selfHarm: nice('ng225', 'Self-harm: assessment, management and preventing recurrence', 2022),
  epilepsy: nice('ng217', 'Epilepsies in children, young people and adults', 2022),
  meningitis: nice(
    'ng240',
    'Meningitis (bacterial) and meningococcal disease: recognition, diagnosis and management',
    2024,
  ),
  sepsis: nice('ng51', 'Suspected sepsis: recognition, diagnosis and early management', 2024),
  // For later in pregnancy: Royal College of Obstetricians and Gynaecologists, Antepartum haemorrhage (Green-top Guideline 63), 2011; looked up.
  pregnancy: nice('ng126', 'Ectopic pregnancy and miscarriage: diagnosis and initial management', 2019),
  fever: nice('ng143', 'Fever in under 5s: assessment and initial management', 2019),
  haemorrhage: nice('ng228', 'Subarachnoid haemorrhage caused by a ruptured aneurysm: diagnosis and management', 2022),
  // What an ambulance is called for: difficulty breathing is among it,
  breathing: {
    title: 'When to call 999',
    publisher: 'South Western Ambulance Service NHS Foundation Trust',
    year: null,
    url: 'https://www.swast.nhs.uk/when-to-call-999',
  },
  // and what was swallowed and poisons.
  poisoning: {
    title: 'In an emergency',
    publisher: 'Medway NHS Foundation Trust',
    year: null,
    url: 'https://www.medway.nhs.uk/in-an-emergency/',
  },
  vision: {
    title: 'I’ve had a sudden change in my eyesight, what should I do?',
    publisher: 'Sight Advice FAQ',
    year: null,
    url: 'https://www.sightadvicefaq.org.uk/your-eyes/looking-after-eyes/vision-change',
  },
  belly: {
    title: 'Stomach ache and abdominal pain',
    publisher: 'Quarryside Practice, NHS Scotland',
    year: null,
    url: 'https://quarrysidepractice.gp.scot/health-information/stomach-ache-and-abdominal-pain',
  },
  head: nice('ng232', 'Head injury: assessment and early management', 2023),
} satisfies Record<string, Source>;

/** They find words, not illnesses: a doctor decides what they mean. Where guidance asks for care the same day, the urgency is `urgent`. */
export const rules = {
  'chest-pain': { version: 1, urgency: 'emergency', source: sources.coronary },
  stroke: { version: 1, urgency: 'emergency', source: firstAid },
  breathing: { version: 1, urgency: 'emergency', source: sources.breathing },
  'severe-bleeding': { version: 1, urgency: 'emergency', source: firstAid },
  anaphylaxis: { version: 1, urgency: 'emergency', source: sources.anaphylaxis },
  'suicidal-thoughts': { version: 1, urgency: 'emergency', source: sources.selfHarm },
  unconscious: { version: 1, urgency: 'emergency', source: firstAid },
  seizure: { version: 1, urgency: 'emergency', source: sources.epilepsy },
  meningitis: { version: 1, urgency: 'emergency', source: sources.meningitis },
  sepsis: { version: 1, urgency: 'emergency', source: sources.sepsis },
  'pregnancy-bleeding': { version: 1, urgency: 'urgent', source: sources.pregnancy },
  'baby-fever': { version: 1, urgency: 'urgent', source: sources.fever },
  poisoning: { version: 1, urgency: 'emergency', source: sources.poisoning },
  burns: { version: 1, urgency: 'urgent', source: firstAid },
  'worst-headache': { version: 1, urgency: 'emergency', source: sources.haemorrhage },
  'vision-loss': { version: 1, urgency: 'emergency', source: sources.vision },
  'head-injury': { version: 1, urgency: 'emergency', source: sources.head },
  'severe-belly-pain': { version: 1, urgency: 'urgent', source: sources.belly },
} as const satisfies Record<string, Rule>;

/**
 * The words of a language, by rule: each line alone is enough. `+` joins what has to stand in one sentence, near each other (with `~` in front:
 * anywhere in the text), `|` parts what may stand for the same, `*` stands for any ending. Case, accents, ß and ae, oe, ue for umlauts are all the same.
 */
export type Words = Record<RuleId, readonly string[]>;
