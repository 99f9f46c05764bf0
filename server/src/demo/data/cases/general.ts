import type { Case } from '../case.ts';

export const generalCases: readonly Case[] = [
  {
    specialty: 'family_medicine',
    urgency: 'routine',
    lasts: 'days',
    complaints: [
      'I have had a dry cough and a running nose {since}. At night the cough keeps me awake. My temperature was 37.9 °C yesterday evening.',
      'It began with a sore throat, and I have been coughing {since}. I feel tired and my chest is a little sore from it. No fever today.',
    ],
    diagnosis: {
      title: 'Acute bronchitis',
      icd10: 'J20.9',
      description: 'Cough after a viral infection of the upper airways. No shortness of breath, no signs of pneumonia.',
      recommendations:
        'Rest, plenty of warm drinks, honey before going to bed. The cough may last three weeks. Please write at once if there is fever above 39 °C, blood when coughing, or shortness of breath.',
    },
    talk: [
      [
        'doctor',
        'Good morning. I have read your description. Do you bring anything up when you cough, and if so, which colour?',
      ],
      ['patient', 'Good morning, doctor. Hardly anything, a little clear mucus in the morning.'],
      ['doctor', 'Are you short of breath when you climb the stairs? And do you smoke?'],
      ['patient', 'Not short of breath, no. I stopped smoking six years ago.'],
      ['doctor', 'Good. Please measure your temperature this evening and tomorrow morning and send me both.'],
      ['patient', 'Yesterday evening 37.4, this morning 36.8.'],
      [
        'doctor',
        'That fits a viral bronchitis on its way out. You do not need an antibiotic. I will write down what helps.',
      ],
      ['patient', 'Thank you, that is a relief.'],
    ],
  },
  {
    specialty: 'family_medicine',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'I have felt worn out {since}, although I sleep eight hours. By the afternoon I can hardly concentrate at work.',
      'I have been tired all day {since}. My partner says that I look pale. I eat little meat, if that matters.',
    ],
    diagnosis: {
      title: 'Iron deficiency anaemia',
      icd10: 'D50.9',
      description: 'Haemoglobin 11.1 g/dl and ferritin 8 µg/l explain the tiredness. No sign of bleeding.',
      recommendations:
        'One iron tablet every second day on an empty stomach, with a glass of orange juice and an hour apart from coffee and tea. New blood count in six weeks.',
    },
    talk: [
      ['patient', 'Hello doctor, I have uploaded my last blood test to the practice. It is from this spring.'],
      [
        'doctor',
        'Thank you. Your haemoglobin was at the lower end then. Has anything changed since, your diet for example?',
      ],
      ['patient', 'I have eaten no meat since the New Year. Otherwise nothing.'],
      ['doctor', 'Then I would like a new blood count with ferritin. Can you go to a laboratory this week?'],
      ['patient', 'Yes, on Thursday before work.'],
      ['doctor', 'Good. You need not be fasting. Drink a glass of water before.'],
      ['patient', 'The results are here: haemoglobin 11.1, ferritin 8.'],
      ['doctor', 'So your iron stores are empty, and that is easy to mend. I am writing the plan now.'],
      ['patient', 'I am glad that there is a reason. Thank you for being so quick.'],
    ],
  },
  {
    specialty: 'family_medicine',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have had to pass water every half hour {since}, and it burns. No fever, but a dull ache above the bladder.',
      'It has burned when I go to the toilet {since}, and the urine is cloudy. I had the same two years ago.',
    ],
    who: { sex: 'female' },
    diagnosis: {
      title: 'Acute cystitis',
      icd10: 'N30.0',
      description:
        'Typical complaints of an uncomplicated infection of the bladder. No flank pain, no fever, no pregnancy.',
      recommendations:
        'Fosfomycin 3 g once in the evening after emptying the bladder. Drink two litres a day. Please write at once if there is fever or pain in the back.',
    },
    talk: [
      ['doctor', 'Hello, I am taking care of this today. Do you have fever, shivers or pain in your back?'],
      ['patient', 'No fever, I have just measured 36.9. My back is fine.'],
      ['doctor', 'Could you be pregnant, and are you allergic to any antibiotic?'],
      ['patient', 'Not pregnant. No allergies that I know of.'],
      ['doctor', 'Then one sachet of fosfomycin this evening should do. You should feel better by tomorrow night.'],
      ['patient', 'Can I go to work tomorrow?'],
      ['doctor', 'If you feel like it, yes. Stay near a toilet and drink a lot.'],
    ],
  },
  {
    specialty: 'family_medicine',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'My blood pressure at the pharmacy was 158 to 96. I have measured at home {since} and it is mostly around 150 to 95.',
      'At a check at work they measured 162 to 98. I have written down my values {since}: between 145 and 160. I feel well otherwise.',
    ],
    who: { minAge: 35 },
    diagnosis: {
      title: 'Essential hypertension',
      icd10: 'I10',
      description:
        'Home readings above 135/85 mmHg on most days over two weeks. No sign of damage to heart or kidneys so far.',
      recommendations:
        'Ramipril 2.5 mg in the morning, less salt, half an hour of brisk walking on five days a week. Send me a week of readings in a month; blood test for kidneys and potassium in two weeks.',
    },
    talk: [
      ['doctor', 'Hello, thank you for the readings. When do you measure, and do you sit for five minutes before?'],
      ['patient', 'In the morning after getting up, and in the evening. I did not know about the five minutes.'],
      [
        'doctor',
        'Please do that, with the arm at the height of the heart, twice in a row, and write down the second value. For one week.',
      ],
      ['patient', 'Will do. Should I already stop drinking coffee?'],
      [
        'doctor',
        'Two cups a day are fine, only not in the half hour before measuring. Is there high blood pressure in your family?',
      ],
      ['patient', 'My father, and my grandmother had a stroke at 70.'],
      ['patient', 'Here is the week: 149/94, 152/95, 146/92, 155/96, 150/93, 148/94, 151/95.'],
      [
        'doctor',
        'Thank you, very thorough. These are too high to wait any longer. I suggest a low dose of one tablet and changes in daily life.',
      ],
      ['patient', 'I would like to try both. I have started walking to work.'],
      ['doctor', 'That is the best start there is.'],
    ],
  },
  {
    specialty: 'internal_medicine',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'My left calf has been swollen and warm {since}. I came back from a twelve-hour flight last week.',
      'I have had a pulling pain in the right calf {since}. It is two centimetres thicker than the left one, I measured it.',
    ],
    diagnosis: {
      title: 'Deep vein thrombosis of the lower leg',
      icd10: 'I80.2',
      description:
        'Ultrasound on the same day shows a clot in a calf vein. Oxygen and pulse are normal, no sign of a lung embolism.',
      recommendations:
        'Apixaban as prescribed for three months, compression stocking, walking is allowed. Call the emergency number at once for shortness of breath or chest pain.',
    },
    talk: [
      ['doctor', 'Thank you for writing. First: are you short of breath, or does your chest hurt when you breathe in?'],
      ['patient', 'No, neither. Only the calf.'],
      ['doctor', 'Good. This has to be looked at with ultrasound today. Which hospital is nearest to you?'],
      ['patient', 'The university hospital, twenty minutes by car. My sister can drive me.'],
      ['doctor', 'Please go now. I have sent a referral to the vascular clinic there; show them your name.'],
      ['patient', 'I am back. There is a clot in a vein of the calf. They gave me apixaban.'],
      ['doctor', 'It was right to come at once. I will write down how we go on from here.'],
    ],
  },
  {
    specialty: 'internal_medicine',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have lost six kilos {since} without trying to. My appetite is normal and I feel well otherwise, perhaps a little restless.',
      'My trousers have become too wide {since}, and I sweat at night. I have not changed what I eat.',
    ],
    diagnosis: {
      title: 'Abnormal weight loss, under investigation',
      icd10: 'R63.4',
      description:
        'Loss of eight per cent of the body weight. Physical examination without findings; laboratory and imaging are ordered.',
      recommendations:
        'Blood tests including thyroid, chest X-ray and ultrasound of the abdomen within ten days. Weigh yourself every Monday and send me the value.',
    },
  },
  {
    specialty: 'internal_medicine',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'My ankles have been swollen in the evening {since}, and the socks leave deep marks. In the morning it is gone.',
      'I have had swollen feet {since}, both sides, mostly after a day at the till. I have taken amlodipine since the summer.',
    ],
    who: { minAge: 40 },
    diagnosis: {
      title: 'Oedema of both legs as an effect of amlodipine',
      icd10: 'R60.0',
      description:
        'Swelling of both ankles that began after the start of amlodipine. Heart, kidney and liver values are normal.',
      recommendations:
        'Replace amlodipine by candesartan 8 mg, raise the legs in the evening, measure the blood pressure daily for two weeks and send me the values.',
    },
  },
  {
    specialty: 'internal_medicine',
    urgency: 'routine',
    lasts: 'days',
    complaints: [
      'I woke with a very painful big toe and it has been red and hot {since}. Even the blanket hurts.',
      'I have had a swollen, throbbing toe {since} after a birthday dinner. I have had this once before.',
    ],
    who: { minAge: 35 },
    diagnosis: {
      title: 'Acute gout',
      icd10: 'M10.0',
      description: 'First toe joint red, hot and swollen, uric acid 9.1 mg/dl. No wound, no fever.',
      recommendations:
        'Colchicine 0.5 mg twice a day for five days, cool the joint, no beer for now. We speak about a long-term treatment in four weeks.',
    },
  },
];
