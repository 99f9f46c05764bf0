import type { SpecialtyCode } from '@openward/contracts';

export type DemoSpecialty = {
  readonly code: SpecialtyCode;
  /** What its doctors are called. */
  readonly title: string;
  /** What each of its four doctors is good at. */
  readonly focuses: readonly [string, string, string, string];
  /** The stars that each of the four gets: from much praised to not rated at all. */
  readonly stars: readonly [readonly number[], readonly number[], readonly number[], readonly number[]];
};

/** The first doctor of the first specialty is the demo doctor. One in cardiology has a single rating, of five stars. */
export const demoSpecialties: readonly DemoSpecialty[] = [
  {
    code: 'family_medicine',
    title: 'Family doctor',
    focuses: [
      'the whole family, from cough to blood pressure',
      'prevention and vaccinations',
      'travel medicine',
      'people with several chronic illnesses',
    ],
    stars: [[5, 5, 4, 5, 5, 4], [4, 4, 5], [3, 2], []],
  },
  {
    code: 'internal_medicine',
    title: 'Specialist in internal medicine',
    focuses: [
      'complaints that nobody could explain so far',
      'vessels and thrombosis',
      'gout and metabolism',
      'second opinions',
    ],
    stars: [[5, 4, 5, 5], [4, 3, 4], [2], []],
  },
  {
    code: 'cardiology',
    title: 'Cardiologist',
    focuses: ['rhythm disorders', 'heart failure', 'high blood pressure that is hard to treat', 'the heart in sport'],
    stars: [[5, 5, 5, 5, 4], [4, 5], [5], []],
  },
  {
    code: 'dermatology',
    title: 'Dermatologist',
    focuses: [
      'eczema and allergies of the skin',
      'moles and early detection',
      'acne in adults',
      'diseases of hair and nails',
    ],
    stars: [[5, 4, 4, 5], [3, 4], [], [1, 3]],
  },
  {
    code: 'pediatrics',
    title: 'Pediatrician',
    focuses: [
      'the first three years',
      'asthma and allergies in children',
      'sleep and development',
      'school children and teenagers',
    ],
    stars: [[5, 5, 5, 4, 5], [4, 5], [4], []],
  },
  {
    code: 'gynecology',
    title: 'Gynecologist',
    focuses: ['endometriosis and pain', 'pregnancy', 'the menopause', 'contraception'],
    stars: [[5, 5, 4], [4, 4], [], []],
  },
  {
    code: 'neurology',
    title: 'Neurologist',
    focuses: ['headache and migraine', 'movement disorders', 'nerves of the hand', 'multiple sclerosis'],
    stars: [[4, 5, 5], [3, 3, 4], [], []],
  },
  {
    code: 'psychiatry',
    title: 'Psychiatrist',
    focuses: ['depression', 'anxiety and panic', 'sleep', 'ADHD in adults'],
    stars: [[5, 5, 5, 5], [5, 4, 3], [2, 4], []],
  },
  {
    code: 'orthopedics',
    title: 'Orthopedist',
    focuses: ['the back', 'knee and hip', 'shoulder and elbow', 'the feet of runners'],
    stars: [[4, 4, 5], [3, 2, 4], [], []],
  },
  {
    code: 'ophthalmology',
    title: 'Ophthalmologist',
    focuses: ['the retina', 'cataract', 'dry eyes and contact lenses', 'glaucoma'],
    stars: [[5, 4], [4], [], []],
  },
  {
    code: 'otolaryngology',
    title: 'Ear, nose and throat doctor',
    focuses: ['hearing and tinnitus', 'sinuses', 'dizziness', 'voice and singing'],
    stars: [[4, 5, 4], [3], [], []],
  },
  {
    code: 'gastroenterology',
    title: 'Gastroenterologist',
    focuses: ['inflammatory bowel disease', 'reflux and stomach', 'food intolerances', 'liver and gall bladder'],
    stars: [[5, 5, 4], [2, 3], [], []],
  },
  {
    code: 'endocrinology',
    title: 'Endocrinologist',
    focuses: ['diabetes', 'the thyroid', 'osteoporosis', 'hormones in women'],
    stars: [[5, 4, 5], [4], [], []],
  },
  {
    code: 'pulmonology',
    title: 'Lung specialist',
    focuses: ['asthma', 'COPD and breathing therapy', 'sleep apnoea', 'chronic cough'],
    stars: [[4, 4, 3], [5, 5], [], []],
  },
  {
    code: 'urology',
    title: 'Urologist',
    focuses: ['the prostate', 'kidney stones', 'incontinence', 'men’s health'],
    stars: [[5, 4], [1, 2], [], []],
  },
];
