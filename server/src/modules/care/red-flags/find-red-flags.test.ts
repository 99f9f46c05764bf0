import { describe, expect, it } from 'vitest';
import { findRedFlags, urgencyWith } from './find-red-flags.ts';
import { createMatcher } from './match.ts';
import { type RuleId, rules } from './rules.ts';

type Pair = readonly [fires: string, silent: string];

/** For each rule, in each language, words that it has to find and words near them that it must not. */
const examples: Record<RuleId, Record<'en' | 'es' | 'de', Pair>> = {
  'chest-pain': {
    en: ['I have had a strong PAIN in my chest since noon.', 'I have a cough, but no chest pain.'],
    es: ['Me duele el pecho desde ayer.', 'Tengo tos. No tengo dolor en el pecho.'],
    de: ['Seit heute früh starke Brustschmerzen.', 'Ich habe Husten, aber keine Brustschmerzen.'],
  },
  stroke: {
    en: ['His mouth is drooping and his speech is slurred.', 'I swim breaststroke twice a week.'],
    es: ['Tiene la boca torcida y no puede hablar.', 'Me hicieron una limpieza de cara.'],
    de: ['Sein Mundwinkel hängt plötzlich.', 'Mein Arm ist nach dem Schlafen taub.'],
  },
  breathing: {
    en: ['I can’t breathe when I lie down.', 'I breathe normally and have no trouble breathing.'],
    es: ['Mi madre no puede respirar bien.', 'Respiro bien, sin dificultad para respirar.'],
    de: ['Ich habe Atemnot.', 'Husten ohne Atemnot.'],
  },
  'severe-bleeding': {
    en: ['The wound is bleeding and it won’t stop.', 'I had a blood test, and it was not bleeding heavily afterwards.'],
    es: ['La herida sangra mucho.', 'Tengo el análisis de sangre de mayo.'],
    de: ['Die Wunde blutet stark.', 'Mein Blutdruck ist stark schwankend.'],
  },
  anaphylaxis: {
    en: ['After the nuts my lips are swollen.', 'My ankle is swollen.'],
    es: ['Se me hincha la lengua.', 'Tengo el tobillo hinchado.'],
    de: ['Nach dem Wespenstich schwillt die Zunge an, die Zunge ist geschwollen.', 'Mein Knöchel ist geschwollen.'],
  },
  'suicidal-thoughts': {
    en: ['I want to die.', 'I sleep badly and have no suicidal thoughts.'],
    es: ['Ya no quiero vivir.', 'Duermo mal, sin ideas suicidas.'],
    de: ['Ich will nicht mehr leben.', 'Ich schlafe schlecht, habe aber keine Suizidgedanken.'],
  },
  unconscious: {
    en: ['My father passed out in the kitchen.', 'She felt dizzy and never lost consciousness.'],
    es: ['Mi padre perdió el conocimiento.', 'Se mareó sin pérdida de conocimiento.'],
    de: ['Er ist nicht ansprechbar.', 'Mir war schwindlig, ich war nie bewusstlos.'],
  },
  seizure: {
    en: ['Our daughter just had a seizure.', 'He has never had seizures.'],
    es: ['El niño tiene convulsiones.', 'Nunca tuvo convulsiones.'],
    de: ['Er hatte gerade einen Krampfanfall.', 'Noch nie Krampfanfälle gehabt.'],
  },
  meningitis: {
    en: ['High fever. His neck is very stiff.', 'My neck is stiff from the office chair.'],
    es: ['Tiene fiebre alta y el cuello muy rígido.', 'Tengo el cuello rígido por el ordenador.'],
    de: ['Hohes Fieber und ein steifer Nacken.', 'Steifer Nacken nach dem Putzen.'],
  },
  sepsis: {
    en: ['Grandma has a fever and is confused.', 'I am confused about the dose of my pills.'],
    es: ['La abuela tiene fiebre y está confusa.', 'Estoy confundido con la receta.'],
    de: ['Oma hat Fieber und ist verwirrt.', 'Die Packungsbeilage macht mich verwirrt.'],
  },
  'pregnancy-bleeding': {
    en: ['I am 20 weeks pregnant. Since this morning I am bleeding.', 'I am pregnant and want to know about iron.'],
    es: ['Estoy embarazada y sangro desde ayer.', 'Estoy embarazada y sin sangrado, pregunto por el hierro.'],
    de: ['Ich bin schwanger und habe eine Blutung.', 'Ich bin schwanger und habe keine Blutungen.'],
  },
  'baby-fever': {
    en: ['Our baby is six weeks old. She has a fever.', 'Our baby has a rash and no fever.'],
    es: ['Mi bebé tiene fiebre.', 'Mi bebé tiene granitos, sin fiebre.'],
    de: ['Unser Säugling hat Fieber.', 'Unser Baby hat Ausschlag, kein Fieber.'],
  },
  poisoning: {
    en: ['My son drank bleach.', 'I got food poisoning from a fish, I think.'],
    es: ['Mi hijo bebió lejía.', 'Tomé una pastilla para la alergia.'],
    de: ['Meine Tochter hat Reiniger getrunken.', 'Ich habe gestern viel Kaffee getrunken.'],
  },
  burns: {
    en: ['A deep burn on the arm from boiling water.', 'It burns a little when I urinate.'],
    es: ['Se quemó la cara con aceite.', 'Me quema un poco al orinar.'],
    de: ['Er hat sich die Hand verbrüht.', 'Es brennt beim Wasserlassen.'],
  },
  'worst-headache': {
    en: ['The worst headache of my life, it came all at once.', 'A mild headache in the evenings.'],
    es: ['El peor dolor de cabeza de mi vida.', 'Un dolor de cabeza leve por la tarde.'],
    de: ['Plötzlich die stärksten Kopfschmerzen meines Lebens.', 'Leichte Kopfschmerzen am Abend.'],
  },
  'vision-loss': {
    en: ['I suddenly cannot see on the left.', 'I cannot see well without my glasses.'],
    es: ['De repente no veo con el ojo derecho.', 'No veo bien sin gafas.'],
    de: ['Plötzlich sehe ich doppelt, ich sehe nichts.', 'Ich brauche eine neue Brille.'],
  },
  'head-injury': {
    en: ['He hit his head on the stairs. Now he is vomiting.', 'I hit my head yesterday and feel fine.'],
    es: ['Se golpeó la cabeza y vomita.', 'Me golpeé la cabeza ayer y estoy bien.'],
    de: ['Er ist auf den Kopf gefallen und erbricht.', 'Mein Kopf ist voll von der Arbeit.'],
  },
  'severe-belly-pain': {
    en: ['Sudden, severe pain in my stomach.', 'Some pain in my stomach after lunch.'],
    es: ['Un dolor insoportable en el abdomen.', 'Un dolor leve en el estómago después de comer.'],
    de: ['Plötzlich Bauchschmerzen rechts unten.', 'Ab und zu leichte Bauchschmerzen.'],
  },
};

const table = Object.entries(examples).flatMap(([rule, languages]) =>
  Object.entries(languages).map(([language, pair]) => ({ rule, language, pair })),
);
const rulesIn = (text: string): string[] => findRedFlags(text).map(({ rule }) => rule);

describe.each(table)('$rule in $language', ({ rule, pair: [fires, silent] }) => {
  it('is found', () => {
    expect(rulesIn(fires)).toContain(rule);
    expect(rulesIn(fires.toUpperCase())).toContain(rule);
    expect(rulesIn(`Guten Tag. ${fires} Gracias, thank you.`)).toContain(rule);
  });

  it('is not found in what only sounds like it', () => {
    expect(rulesIn(silent)).toEqual([]);
  });
});

describe('the words of a patient', () => {
  it.each([
    ['Chest pain? No. But my chest hurts when I cough.', ['chest-pain']],
    ['Not only a cough, also chest pain', ['chest-pain']],
    ['The chest pain is not going away', ['chest-pain']],
    ['No fever, chest pain since Monday', ['chest-pain']],
    ['no cough or chest pain', []],
    ['I do not have any chest pain', []],
    ['Ya no aguanto el dolor en el pecho', ['chest-pain']],
    ['Die Brustschmerzen gehen nicht weg', ['chest-pain']],
    ['Muedigkeit und ploetzlich sehe ich doppelt', ['vision-loss']],
    ['My chest is fine. A pain in the knee.', []],
    ['', []],
    ['!!! ???', []],
  ])('%j → %j', (text, expected) => {
    expect(rulesIn(text)).toEqual(expected);
  });

  it('are read in a time that grows with their length alone, whatever they are', () => {
    const timeOf = (text: string) => {
      const startedAt = performance.now();
      findRedFlags(text);
      return performance.now() - startedAt;
    };
    for (const word of ['chest ', 'no ', 'aaaaaaaa', '~ + | * ', 'pain chest no ', '🫀', 'ae', '.'])
      for (let warm = 0; warm < 3; warm += 1) expect(timeOf(word.repeat(8000))).toBeLessThan(1500);
  });

  it('raise the urgency to what the rule says, and never lower it', () => {
    const flags = (rule: RuleId) => [{ rule }];
    expect(urgencyWith('routine', flags('chest-pain'))).toBe('emergency');
    expect(urgencyWith('routine', flags('burns'))).toBe('urgent');
    expect(urgencyWith('emergency', flags('burns'))).toBe('emergency');
    expect(urgencyWith('urgent', [])).toBe('urgent');
    expect(urgencyWith('routine', [{ rule: 'of-a-newer-version' }])).toBe('routine');
  });
});

it('each rule names the publication that it follows with publisher and year, and its version', () => {
  for (const { source, version } of Object.values(rules)) {
    for (const words of [source.title, source.publisher]) expect(words.length).toBeGreaterThan(5);
    expect(source.year ?? 2026).toBeGreaterThan(2000);
    expect(source.url).toMatch(/^https:\/\/[\w.]+/);
    expect(version).toBeGreaterThanOrEqual(1);
  }
});

it('what belongs together has to stand together, unless a line says otherwise', () => {
  const near = createMatcher([['it', ['chest + pain']]]);
  const anywhere = createMatcher([['it', ['~ chest + pain']]]);
  const apart = `pain ${'and so on '.repeat(8)} chest`;
  expect([near('pain chest'), near('Pain. Chest.'), near(apart)]).toEqual([['it'], [], []]);
  expect([anywhere('Pain. Chest.'), anywhere(apart), anywhere('pain')]).toEqual([['it'], ['it'], []]);
});
