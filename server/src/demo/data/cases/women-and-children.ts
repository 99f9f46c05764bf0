import type { Case } from '../case.ts';

export const womenAndChildrenCases: readonly Case[] = [
  {
    specialty: 'pediatrics',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'My four-year-old daughter has had an earache {since} and 38.6 °C. She holds her right ear and sleeps badly.',
      'My son is three. He has been crying at night {since} and pulls at his ear. He had a cold before.',
    ],
    who: { minAge: 24, maxAge: 48 },
    diagnosis: {
      title: 'Acute otitis media',
      icd10: 'H66.9',
      description: 'Red, bulging ear drum on one side after a cold. The child drinks and plays in between.',
      recommendations:
        'Ibuprofen syrup by weight every eight hours, plenty to drink. If the fever or the pain is still there after two days, amoxicillin as prescribed. No swimming for a week.',
    },
    talk: [
      [
        'doctor',
        'Hello, and a greeting to the little one. How much does your child weigh, and has anything run out of the ear?',
      ],
      ['patient', 'Sixteen kilos. Nothing has run out.'],
      ['doctor', 'What have you given so far, and when?'],
      ['patient', 'Paracetamol last night at eight. It helped for some hours.'],
      ['doctor', 'Is drinking all right? And a wet nappy or a visit to the toilet in the last six hours?'],
      ['patient', 'Drinking well, yes, and to the toilet twice this morning.'],
      [
        'doctor',
        'Good. Then we can wait for two days with something for the pain. Most ear infections heal by themselves.',
      ],
      ['patient', 'And if the fever rises?'],
      [
        'doctor',
        'Above 39.5, or if the ear sticks out or the neck is stiff: come to the emergency department. Otherwise write to me tomorrow.',
      ],
      ['patient', 'A much better night. Hardly any pain today. Thank you so much.'],
    ],
  },
  {
    specialty: 'pediatrics',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'Our baby of ten months has vomited and had thin stools {since}. He drinks small sips and has had two wet nappies today.',
      'My daughter of two has had diarrhoea {since}, six times today. She is tired but drinks tea.',
    ],
    who: { minAge: 24, maxAge: 48 },
    diagnosis: {
      title: 'Acute gastroenteritis',
      icd10: 'A09.9',
      description: 'Probably viral. Slight loss of fluid, the child is awake and has tears.',
      recommendations:
        'Oral rehydration solution, 5 ml every five minutes, then more. Breast milk or normal food as wanted. Come at once if there is no wet nappy for eight hours, or if the child is hard to wake.',
    },
  },
  {
    specialty: 'pediatrics',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'My son, six, has wet his bed {since}, after two dry years. He started school in autumn.',
      'Our daughter of seven has wet the bed several nights a week {since}. By day everything is fine.',
    ],
    who: { minAge: 26, maxAge: 52 },
    diagnosis: {
      title: 'Enuresis',
      icd10: 'F98.0',
      description:
        'Urine and blood sugar normal, no infection, no constipation. Probably tied to the change to school.',
      recommendations:
        'Drink more in the morning and little in the last two hours of the day; a calendar with sunny and rainy days, praise and no blame. Contact again in six weeks.',
    },
  },
  {
    specialty: 'pediatrics',
    urgency: 'routine',
    lasts: 'days',
    complaints: [
      'My daughter has had red spots with small blisters {since}, first on the belly, now in the face. She is five and it itches.',
      'My son of four has had a rash with blisters {since}. Two children of his kindergarten have chickenpox.',
    ],
    who: { minAge: 24, maxAge: 48 },
    diagnosis: {
      title: 'Varicella',
      icd10: 'B01.9',
      description: 'Spots of all stages side by side, little fever. Vaccinated once.',
      recommendations:
        'Cool the skin, tannin lotion, cut the nails short. No ibuprofen and no aspirin; paracetamol at need. At home until all blisters have crusts. Keep away from pregnant women.',
    },
  },
  {
    specialty: 'gynecology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My periods have been very heavy {since}, with clots, and last nine days. I am exhausted afterwards.',
      'I have bled more and longer {since}, and I have cramps on the first two days that keep me from work.',
    ],
    who: { sex: 'female', minAge: 25, maxAge: 52 },
    diagnosis: {
      title: 'Heavy menstrual bleeding with a fibroid',
      icd10: 'D25.9',
      description: 'Ultrasound shows a fibroid of 3 cm in the wall of the uterus. Haemoglobin 11.6 g/dl.',
      recommendations:
        'Tranexamic acid on the days of strong bleeding, iron every second day. A hormonal coil is a good alternative; we talk about it at the next contact.',
    },
    talk: [
      ['doctor', 'Hello. How many pads or tampons do you need on the strongest day?'],
      ['patient', 'Every hour a new one, on the first two days. At night I get up twice.'],
      ['doctor', 'That is too much blood. Do you take anything that thins the blood, or a hormone?'],
      ['patient', 'No, nothing. I used the pill until two years ago.'],
      ['doctor', 'I suggest an ultrasound and a blood count. Is there a chance that you are pregnant?'],
      ['patient', 'No, I made a test last week.'],
      ['doctor', 'Thank you. I have seen the pictures: a fibroid of three centimetres, benign. That explains it.'],
      ['patient', 'Does it have to be operated?'],
      [
        'doctor',
        'Not at this size. There are tablets for the strong days, and a coil that makes the bleeding much weaker. You choose.',
      ],
    ],
  },
  {
    specialty: 'gynecology',
    urgency: 'routine',
    lasts: 'days',
    complaints: [
      'I have had itching and a white, crumbly discharge {since}. I took an antibiotic the week before.',
      'It has itched and burned {since}. The discharge does not smell. I had this once in my pregnancy.',
    ],
    who: { sex: 'female', minAge: 18, maxAge: 60 },
    diagnosis: {
      title: 'Vaginal candidiasis',
      icd10: 'B37.3',
      description: 'Typical complaints after an antibiotic. No fever, no pain in the lower abdomen.',
      recommendations:
        'Clotrimazole vaginal tablet for three nights and cream outside. No soap. Contact again if it comes back within two months.',
    },
  },
  {
    specialty: 'gynecology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I am in week nine of my pregnancy and have vomited five times a day {since}. I keep down tea only.',
      'I am ten weeks pregnant and have not kept down a meal {since}. I have lost two kilos.',
    ],
    who: { sex: 'female', minAge: 22, maxAge: 42 },
    diagnosis: {
      title: 'Mild hyperemesis gravidarum',
      icd10: 'O21.0',
      description: 'Weight loss under five per cent, ketones one plus, potassium normal.',
      recommendations:
        'Doxylamine with pyridoxine in the evening, small cold meals, ginger. Weigh yourself daily. Come to the clinic if you keep down no fluid for twelve hours.',
    },
  },
  {
    specialty: 'gynecology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have had hot flushes {since}, ten a day, and I wake soaked. My last period was a year ago.',
      'I have slept badly {since} because of night sweats, and my mood changes within minutes. My periods have become rare.',
    ],
    who: { sex: 'female', minAge: 46, maxAge: 60 },
    diagnosis: {
      title: 'Menopausal complaints',
      icd10: 'N95.1',
      description:
        'Typical flushes and disturbed sleep. No history of thrombosis or breast cancer, mammography is recent.',
      recommendations:
        'Oestradiol gel with progesterone at night, in the lowest dose that helps. Layers of clothes, a cool bedroom, sport. We look at it again in three months.',
    },
  },
];
