import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['flags']> = {
  'chest-pain': 'Schmerz oder Druck in der Brust',
  stroke: 'Anzeichen eines Schlaganfalls',
  breathing: 'Atemnot',
  'severe-bleeding': 'Starke Blutung',
  anaphylaxis: 'Schwere allergische Reaktion',
  'suicidal-thoughts': 'Gedanken an Suizid',
  unconscious: 'Bewusstlosigkeit',
  seizure: 'Krampfanfall',
  meningitis: 'Anzeichen einer Hirnhautentzündung',
  sepsis: 'Anzeichen einer Blutvergiftung',
  'pregnancy-bleeding': 'Blutung oder Veränderung in der Schwangerschaft',
  'baby-fever': 'Fieber bei einem Säugling',
  poisoning: 'Vergiftung oder Überdosis',
  burns: 'Ernste Verbrennung',
  'worst-headache': 'Plötzlicher, sehr starker Kopfschmerz',
  'vision-loss': 'Plötzlicher Sehverlust',
  'head-injury': 'Kopfverletzung',
  'severe-belly-pain': 'Starke Bauchschmerzen',
};
