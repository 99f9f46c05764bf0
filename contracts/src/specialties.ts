import Type from 'typebox';
import { OneOf, Shape } from './schema.ts';

/** The medical specialties: a stable code and an English name. New ones are appended, none is renamed or reused. */
export const specialties = [
  ['aerospace_medicine', 'Aerospace medicine'],
  ['allergy_immunology', 'Allergy and immunology'],
  ['anesthesiology', 'Anesthesiology'],
  ['cardiology', 'Cardiology'],
  ['cardiothoracic_surgery', 'Cardiothoracic surgery'],
  ['clinical_genetics', 'Clinical genetics'],
  ['colorectal_surgery', 'Colorectal surgery'],
  ['dentistry', 'Dentistry'],
  ['dermatology', 'Dermatology'],
  ['diagnostics', 'Diagnostics'],
  ['emergency_medicine', 'Emergency medicine'],
  ['endocrinology', 'Endocrinology'],
  ['family_medicine', 'Family medicine'],
  ['gastroenterology', 'Gastroenterology'],
  ['geriatrics', 'Geriatrics'],
  ['gynecology', 'Gynecology and obstetrics'],
  ['hematology', 'Hematology'],
  ['hepatology', 'Hepatology'],
  ['infectious_disease', 'Infectious disease'],
  ['intensive_care', 'Intensive care medicine'],
  ['internal_medicine', 'Internal medicine'],
  ['neonatology', 'Neonatology'],
  ['nephrology', 'Nephrology'],
  ['neurology', 'Neurology'],
  ['neurosurgery', 'Neurosurgery'],
  ['nuclear_medicine', 'Nuclear medicine'],
  ['nutrition', 'Nutrition medicine'],
  ['occupational_medicine', 'Occupational medicine'],
  ['oncology', 'Oncology'],
  ['ophthalmology', 'Ophthalmology'],
  ['orthopedics', 'Orthopedics'],
  ['otolaryngology', 'Otolaryngology'],
  ['pain_medicine', 'Pain medicine'],
  ['palliative_care', 'Palliative care'],
  ['pathology', 'Pathology'],
  ['pediatrics', 'Pediatrics'],
  ['plastic_surgery', 'Plastic surgery'],
  ['psychiatry', 'Psychiatry'],
  ['pulmonology', 'Pulmonology'],
  ['radiology', 'Radiology'],
  ['rehabilitation', 'Physical medicine and rehabilitation'],
  ['rheumatology', 'Rheumatology'],
  ['sports_medicine', 'Sports medicine'],
  ['surgery', 'General surgery'],
  ['urology', 'Urology'],
] as const;

export type SpecialtyCode = (typeof specialties)[number][0];

/** What comes in. */
export const SpecialtyCode = OneOf(
  specialties.map(([code]) => code),
  { description: 'A code out of GET /specialties.' },
);

/** What goes out. */
export const Specialty = Shape({ code: Type.String(), name: Type.String() });
