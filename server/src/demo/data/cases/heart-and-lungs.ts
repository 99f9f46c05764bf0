import type { Case } from '../case.ts';

export const heartAndLungCases: readonly Case[] = [
  {
    specialty: 'cardiology',
    urgency: 'urgent',
    lasts: 'weeks',
    complaints: [
      'My heart has stumbled several times a day {since}, mostly when I lie down in the evening. It lasts some seconds and frightens me.',
      'I have felt extra beats {since}, like a fish in the chest. No dizziness and no pain. I drink four coffees a day.',
    ],
    diagnosis: {
      title: 'Ventricular premature beats',
      icd10: 'I49.3',
      description:
        'The 24-hour ECG shows 640 single extra beats and no runs. Echocardiography and potassium are normal.',
      recommendations:
        'The extra beats are harmless in a healthy heart. Less coffee, regular sleep. Please write again if you get dizzy or faint, or if it lasts longer than a minute.',
    },
    talk: [
      [
        'doctor',
        'Hello. Have you ever fainted with it, or has anybody in your family died suddenly before the age of 50?',
      ],
      ['patient', 'No, neither. But my mother has atrial fibrillation.'],
      [
        'doctor',
        'Thank you. Please feel your pulse at such a moment: is it regular with single beats missing, or irregular all the time?',
      ],
      ['patient', 'Regular, then one beat comes too early, then a pause. Maybe once a minute.'],
      ['doctor', 'That sounds like extra beats. I would like an ECG over 24 hours, to count them and to be sure.'],
      ['patient', 'I got the recorder yesterday and gave it back today. It stumbled a lot in the evening.'],
      ['doctor', 'I have the recording: 640 extra beats of 98,000, all single ones. Your heart is healthy.'],
      ['patient', 'So I need no tablets?'],
      ['doctor', 'No. Fewer coffees and enough sleep often help more.'],
    ],
  },
  {
    specialty: 'cardiology',
    urgency: 'urgent',
    lasts: 'weeks',
    complaints: [
      'I have felt a tightness behind the breastbone {since} when I walk uphill. It goes after two minutes of rest.',
      'I have had pressure in the chest {since} when I carry shopping to the third floor. At rest there is nothing. I am on a statin.',
    ],
    who: { minAge: 45 },
    diagnosis: {
      title: 'Stable angina pectoris',
      icd10: 'I20.8',
      description:
        'Typical tightness on exertion. ECG at rest normal; stress echocardiography shows reduced supply of the front wall.',
      recommendations:
        'Aspirin 100 mg, bisoprolol 2.5 mg, nitroglycerin spray at need. CT of the coronary arteries next week. Call the emergency number if the tightness comes at rest or lasts longer than five minutes.',
    },
  },
  {
    specialty: 'cardiology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have been short of breath on stairs {since}, and I need two pillows at night. My ankles swell.',
      'I have had less and less breath on walks {since}. I had a heart attack four years ago.',
    ],
    who: { minAge: 55 },
    diagnosis: {
      title: 'Chronic heart failure, NYHA II',
      icd10: 'I50.9',
      description: 'Ejection fraction 42 %, NT-proBNP 1,150 ng/l. Blood pressure and rhythm are stable.',
      recommendations:
        'Medication raised as written in the plan. Weigh yourself every morning and call when you gain two kilos within three days. At most six grams of salt a day.',
    },
  },
  {
    specialty: 'cardiology',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'My watch has reported an irregular rhythm {since}, three times by now. I feel nothing of it.',
      'I have noticed a fluttering heartbeat {since} that lasts about an hour. My watch says atrial fibrillation.',
    ],
    who: { minAge: 50 },
    diagnosis: {
      title: 'Paroxysmal atrial fibrillation',
      icd10: 'I48.0',
      description: 'An episode of 40 minutes on the recorded ECG. Thyroid normal, left atrium slightly enlarged.',
      recommendations:
        'Apixaban 5 mg twice a day, because the risk of a stroke calls for it. Bisoprolol 2.5 mg. We talk about ablation at the next appointment.',
    },
  },
  {
    specialty: 'pulmonology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have woken with a whistling chest {since}, two or three nights a week. Running in the cold makes me cough.',
      'I have coughed at night {since} and need my old inhaler every other day. There are two cats in our flat.',
    ],
    diagnosis: {
      title: 'Allergic asthma, partly controlled',
      icd10: 'J45.0',
      description: 'Peak flow varies by 24 % over the day. Sensitised to cat and house dust mite.',
      recommendations:
        'Inhaler with budesonide and formoterol, one puff morning and evening and at need. Rinse the mouth afterwards. Keep the bedroom free of cats. Peak flow diary until the next contact.',
    },
    talk: [
      [
        'patient',
        'Hello doctor, the pharmacy has given me the peak flow meter. I am not sure that I use it correctly.',
      ],
      [
        'doctor',
        'Stand up, breathe in fully, close your lips around it and blow as hard and fast as you can. Three times; the best counts.',
      ],
      ['patient', 'Then it is 380 this morning and 470 in the evening.'],
      ['doctor', 'That difference is typical of asthma. How often did you need the blue spray last week?'],
      ['patient', 'Four times, always at night.'],
      [
        'doctor',
        'Then we change to one inhaler that treats the inflammation as well. Do you know how to use a powder inhaler?',
      ],
      ['patient', 'I had one as a child. I would be glad of a leaflet.'],
      ['doctor', 'You will get one with the prescription. Write down your values for two weeks and send them here.'],
    ],
  },
  {
    specialty: 'pulmonology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have had a fever of 39 °C, a cough with yellow phlegm and a stitch on the right side {since}.',
      'I have been coughing with fever {since}, and it hurts on the left when I breathe in. My oxygen meter shows 95 %.',
    ],
    diagnosis: {
      title: 'Pneumonia, treated at home',
      icd10: 'J18.9',
      description: 'Crackles and a shadow in the lower lobe on the X-ray. CRB-65 score 0, oxygen saturation 95 %.',
      recommendations:
        'Amoxicillin 1 g three times a day for five days, bed rest, two litres of fluid. Measure the oxygen twice a day; below 92 % or with confusion call the emergency number.',
    },
  },
  {
    specialty: 'pulmonology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have been out of breath after one flight of stairs {since}. I smoked for thirty years and stopped last winter.',
      'I have coughed up phlegm every morning {since}. I still smoke ten cigarettes a day and would like to stop.',
    ],
    who: { minAge: 50 },
    diagnosis: {
      title: 'Chronic obstructive pulmonary disease, GOLD 2',
      icd10: 'J44.9',
      description: 'FEV1 62 % of the expected value, ratio 0.61 after the spray. One mild flare-up in the last year.',
      recommendations:
        'Tiotropium once a day, vaccinations against influenza and pneumococci, lung sport group. Not smoking is the treatment that counts most; I have added the number of the programme.',
    },
  },
  {
    specialty: 'pulmonology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My wife says that I have snored with long pauses {since}. I fall asleep in front of the television every evening.',
      'I have woken with a headache and a dry mouth {since}, and I nearly fell asleep at the wheel last week.',
    ],
    who: { sex: 'male', minAge: 35 },
    diagnosis: {
      title: 'Obstructive sleep apnoea',
      icd10: 'G47.3',
      description: 'Polygraphy at home shows 28 pauses an hour. Oxygen falls to 84 % at times.',
      recommendations:
        'Start of CPAP in the sleep laboratory next week. Until then do not drive long distances. Losing five kilos and sleeping on the side will help.',
    },
  },
];
