import type { Catalogue, Translation } from '../catalogue.ts';

export const messages: Translation<Catalogue['flags']> = {
  'chest-pain': 'Dolor o presión en el pecho',
  stroke: 'Signos de ictus',
  breathing: 'Dificultad para respirar',
  'severe-bleeding': 'Sangrado abundante',
  anaphylaxis: 'Reacción alérgica grave',
  'suicidal-thoughts': 'Pensamientos suicidas',
  unconscious: 'Pérdida de conocimiento',
  seizure: 'Convulsiones',
  meningitis: 'Signos de meningitis',
  sepsis: 'Signos de sepsis',
  'pregnancy-bleeding': 'Sangrado o cambios en el embarazo',
  'baby-fever': 'Fiebre en un bebé',
  poisoning: 'Intoxicación o sobredosis',
  burns: 'Quemadura grave',
  'worst-headache': 'Dolor de cabeza repentino y muy fuerte',
  'vision-loss': 'Pérdida repentina de visión',
  'head-injury': 'Golpe en la cabeza',
  'severe-belly-pain': 'Dolor abdominal intenso',
};
