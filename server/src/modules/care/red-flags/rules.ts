import type { Urgency } from '@openward/contracts';

/** Which signs of an emergency are looked for. Words for each stand in words-en.ts, words-es.ts and words-de.ts. */
export type RuleId = keyof typeof rules;

type Rule = {
  /** Grows with each change of its words: what a request keeps says which words were meant. */
  version: number;
  /** What it makes of a lower urgency. */
  urgency: Exclude<Urgency, 'routine'>;
  /** Public guidance that it follows. */
  source: { title: string; url: string };
};

const nhs = (title: string, path: string) => ({ title: `NHS, ${title}`, url: `https://www.nhs.uk/${path}/` });

/** Read in guidance of 2026. They find words, not illnesses: a doctor decides what they mean. */
export const rules = {
  'chest-pain': {
    version: 1,
    urgency: 'emergency',
    source: {
      title:
        'American Heart Association, Warning Signs of a Heart Attack (also NHS, Chest pain; Deutsche Herzstiftung, Herzinfarkt)',
      url: 'https://www.heart.org/en/health-topics/heart-attack/warning-signs-of-a-heart-attack',
    },
  },
  stroke: {
    version: 1,
    urgency: 'emergency',
    source: {
      title: 'American Stroke Association, FAST (also NHS, Stroke; Stiftung Deutsche Schlaganfall-Hilfe)',
      url: 'https://www.stroke.org/en/about-stroke/stroke-symptoms',
    },
  },
  breathing: { version: 1, urgency: 'emergency', source: nhs('Shortness of breath', 'symptoms/shortness-of-breath') },
  'severe-bleeding': {
    version: 1,
    urgency: 'emergency',
    source: {
      title: 'ILCOR, First aid: control of severe bleeding (also NHS, When to call 999)',
      url: 'https://ilcor.org',
    },
  },
  anaphylaxis: { version: 1, urgency: 'emergency', source: nhs('Anaphylaxis', 'conditions/anaphylaxis') },
  'suicidal-thoughts': {
    version: 1,
    urgency: 'emergency',
    source: nhs(
      'Where to get help for suicidal thoughts (also 988 Lifeline)',
      'mental-health/feelings-symptoms-behaviours/behaviours/help-for-suicidal-thoughts',
    ),
  },
  unconscious: {
    version: 1,
    urgency: 'emergency',
    source: nhs('When to call 999', 'nhs-services/urgent-and-emergency-care-services/when-to-call-999'),
  },
  seizure: {
    version: 1,
    urgency: 'emergency',
    source: nhs('What to do if someone has a seizure', 'conditions/what-to-do-if-someone-has-a-seizure-fit'),
  },
  meningitis: { version: 1, urgency: 'emergency', source: nhs('Meningitis', 'conditions/meningitis') },
  sepsis: { version: 1, urgency: 'emergency', source: nhs('Sepsis', 'conditions/sepsis') },
  'pregnancy-bleeding': {
    version: 1,
    urgency: 'urgent',
    source: nhs('Vaginal bleeding in pregnancy', 'pregnancy/related-conditions/common-symptoms/vaginal-bleeding'),
  },
  'baby-fever': {
    version: 1,
    urgency: 'urgent',
    source: nhs('High temperature (fever) in children', 'symptoms/fever-in-children'),
  },
  poisoning: { version: 1, urgency: 'emergency', source: nhs('Poisoning', 'conditions/poisoning') },
  burns: { version: 1, urgency: 'urgent', source: nhs('Burns and scalds', 'conditions/burns-and-scalds') },
  'worst-headache': { version: 1, urgency: 'emergency', source: nhs('Headaches', 'conditions/headaches') },
  'vision-loss': { version: 1, urgency: 'emergency', source: nhs('Vision loss', 'symptoms/vision-loss') },
  'head-injury': {
    version: 1,
    urgency: 'emergency',
    source: nhs('Head injury and concussion', 'conditions/head-injury-and-concussion'),
  },
  'severe-belly-pain': { version: 1, urgency: 'urgent', source: nhs('Stomach ache', 'symptoms/stomach-ache') },
} as const satisfies Record<string, Rule>;

/**
 * The words of a language, by rule: each line alone is enough. `+` joins what has to stand in one sentence, near each other (with `~` in front:
 * anywhere in the text), `|` parts what may stand for the same, `*` stands for any ending. Case, accents, ß and ae, oe, ue for umlauts are all the same.
 */
export type Words = Record<RuleId, readonly string[]>;
