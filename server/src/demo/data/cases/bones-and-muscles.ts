import type { Case } from '../case.ts';

export const boneAndMuscleCases: readonly Case[] = [
  {
    specialty: 'orthopedics',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'I have had pain in the lower back {since}, after moving house. It does not go into the legs. Sitting is worst.',
      'My lower back has been stiff and painful {since}. In the morning I need half an hour to get going.',
    ],
    diagnosis: {
      title: 'Low back pain',
      icd10: 'M54.5',
      description:
        'Tense muscles, movement limited by pain. No weakness, no numbness, no warning signs; an X-ray is not needed.',
      recommendations:
        'Keep moving, ibuprofen 400 mg at need for a week at most, warmth. Exercises as in the sheet, twice a day. Come at once with weakness of a leg or trouble with the bladder.',
    },
    talk: [
      ['doctor', 'Good afternoon. Does the pain go below the knee, and do both legs feel the same?'],
      ['patient', 'It stays in the back. Legs are normal.'],
      ['doctor', 'Any trouble passing water, fever, or a fall before it began?'],
      ['patient', 'No. I carried boxes for two days, that is all.'],
      ['doctor', 'Then it is muscular, and moving is the best medicine. What do you do at work?'],
      ['patient', 'I sit. Eight hours, sometimes more.'],
      [
        'doctor',
        'Please stand up every thirty minutes, even if only for one. I send you four exercises; begin with the first two.',
      ],
      ['patient', 'After five days it is clearly better. The second exercise pulls a little.'],
      ['doctor', 'A pull is fine, a sharp pain is not. Then go on with the other two.'],
    ],
  },
  {
    specialty: 'orthopedics',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I twisted my knee playing football and it has been swollen {since}. It gives way on stairs.',
      'My knee has locked {since}: I cannot stretch it fully after I got up from a squat.',
    ],
    who: { maxAge: 55 },
    diagnosis: {
      title: 'Tear of the medial meniscus',
      icd10: 'S83.2',
      description:
        'Pain at the inner joint line, effusion. The MRI shows a tear of the inner meniscus; ligaments are intact.',
      recommendations:
        'Crutches for a week, cooling, physiotherapy. If it still locks after six weeks, arthroscopy. No pivoting sports for now.',
    },
  },
  {
    specialty: 'orthopedics',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have had pain in the right hip {since}, first after long walks, now also at night. Putting on socks is hard.',
      'My knees have hurt when going downstairs {since}, and they crack. After a rest the first steps are the worst.',
    ],
    who: { minAge: 55 },
    diagnosis: {
      title: 'Osteoarthritis',
      icd10: 'M19.9',
      description: 'Narrowed joint space of second degree on the X-ray, movement slightly limited.',
      recommendations:
        'Strength training twice a week, cycling or swimming, losing some weight. Diclofenac gel at need. An operation is not on the table yet.',
    },
  },
  {
    specialty: 'orthopedics',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My right shoulder has hurt {since} when I lift the arm sideways. I cannot lie on that side.',
      'I have had pain at the outside of the elbow {since}, when gripping and turning. I paint walls for a living.',
    ],
    who: { minAge: 30 },
    diagnosis: {
      title: 'Tendinopathy from overuse',
      icd10: 'M77.9',
      description: 'Pain on resisted movement at the typical spot, full range otherwise. Ultrasound without a tear.',
      recommendations:
        'Fewer overhead movements for six weeks, eccentric exercises daily, cooling after work. No cortisone injection at first.',
    },
  },
];
