import type { Case } from '../case.ts';

export const innerOrganCases: readonly Case[] = [
  {
    specialty: 'gastroenterology',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'I have had heartburn almost every evening {since}, and sour fluid comes up when I lie down.',
      'A burning behind the breastbone has woken me {since}. Antacids help for an hour. I eat late because of my shifts.',
    ],
    diagnosis: {
      title: 'Gastro-oesophageal reflux disease',
      icd10: 'K21.9',
      description: 'Typical complaints without warning signs: no weight loss, no trouble swallowing, no bleeding.',
      recommendations:
        'Pantoprazole 40 mg half an hour before breakfast for eight weeks, then try without. Last meal three hours before bed, head of the bed raised by 15 cm.',
    },
    talk: [
      ['doctor', 'Hello. Does food get stuck when you swallow, have you lost weight, or have your stools been black?'],
      ['patient', 'No, none of these.'],
      ['doctor', 'Good. When do you have your last meal, and when do you go to bed?'],
      ['patient', 'After the late shift I eat at half past ten and go to bed at half past eleven.'],
      ['doctor', 'There is part of the answer. Could you eat the warm meal before the shift?'],
      ['patient', 'I will try. What about coffee?'],
      ['doctor', 'See whether it makes a difference; for many it does not. I also prescribe a tablet for eight weeks.'],
    ],
  },
  {
    specialty: 'gastroenterology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My belly has been bloated {since}, with cramps that go when I have been to the toilet. Stools are thin one week and hard the next.',
      'I have had cramps and diarrhoea {since}, above all before exams and meetings. Never at night.',
    ],
    diagnosis: {
      title: 'Irritable bowel syndrome',
      icd10: 'K58.9',
      description:
        'Typical complaints for more than six months; blood count, coeliac test and calprotectin are normal.',
      recommendations:
        'Low-FODMAP diet for four weeks with a dietitian, peppermint oil capsules, regular meals. It is a nuisance but not dangerous.',
    },
  },
  {
    specialty: 'gastroenterology',
    urgency: 'urgent',
    lasts: 'weeks',
    complaints: [
      'I have had bloody, slimy stools {since}, up to seven times a day, and I have lost weight.',
      'There has been blood in my stool {since}, with cramps in the left lower belly. An uncle has Crohn’s disease.',
    ],
    diagnosis: {
      title: 'Ulcerative colitis',
      icd10: 'K51.9',
      description: 'Colonoscopy shows an inflammation of the left colon; the biopsies agree. Calprotectin 1,200 µg/g.',
      recommendations:
        'Mesalazine as granules and as an enema in the evening. Calprotectin again in eight weeks. Please write at once with fever or more than eight stools a day.',
    },
  },
  {
    specialty: 'gastroenterology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have had attacks of pain under the right ribs after meals {since}. They last two hours and go into the shoulder.',
      'I have had cramps in the upper right belly {since}, worst after fried food. No fever, my eyes are not yellow.',
    ],
    who: { minAge: 30 },
    diagnosis: {
      title: 'Gallstones without inflammation',
      icd10: 'K80.2',
      description:
        'Several stones of up to 9 mm in the gall bladder, its wall is thin, the duct is free. Liver values normal.',
      recommendations:
        'Low-fat meals, butylscopolamine at need. I recommend a planned removal of the gall bladder. Emergency department with fever or yellow eyes.',
    },
  },
  {
    specialty: 'endocrinology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have been thirsty and tired {since}, and I get up three times at night. My fasting blood sugar was 158.',
      'At a check-up my long-term sugar was 7.4 %. I have had blurred sight now and then {since}, and I am thirsty.',
    ],
    who: { minAge: 35 },
    diagnosis: {
      title: 'Type 2 diabetes mellitus',
      icd10: 'E11.9',
      description: 'HbA1c 7.4 %, confirmed by a second test. Kidneys, eyes and feet without damage.',
      recommendations:
        'Metformin 500 mg with supper, after a week also with breakfast. Diabetes course, thirty minutes of walking a day, eye check once a year. HbA1c in three months.',
    },
    talk: [
      [
        'doctor',
        'Hello. The second test agrees with the first, so we can call it by its name: type 2 diabetes, found early.',
      ],
      ['patient', 'I was afraid of that. My father injects insulin.'],
      ['doctor', 'You are a long way from that. What does a usual day of meals look like?'],
      ['patient', 'Bread in the morning, sandwich at noon, pasta or rice in the evening. And juice, a litre perhaps.'],
      ['doctor', 'Then begin with the juice: water instead. That alone may lower your sugar within weeks.'],
      ['patient', 'I can do that. And the tablets?'],
      [
        'doctor',
        'Metformin with supper, a low dose at first so that the stomach gets used to it. Measure on Monday and Thursday before breakfast.',
      ],
      ['patient', 'Monday 141, Thursday 132.'],
      ['doctor', 'A fine start. Keep going.'],
    ],
  },
  {
    specialty: 'endocrinology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have been cold and tired {since}, my hair falls out and I have gained weight. My mother takes thyroid tablets.',
      'I have had dry skin, slow digestion and no drive {since}. My TSH was 11 at the last test.',
    ],
    diagnosis: {
      title: 'Hypothyroidism with autoimmune thyroiditis',
      icd10: 'E06.3',
      description: 'TSH 11.2 mU/l, free T4 low, antibodies against TPO high.',
      recommendations:
        'Levothyroxine 50 µg in the morning, half an hour before breakfast and only with water. TSH again in eight weeks.',
    },
  },
  {
    specialty: 'endocrinology',
    urgency: 'urgent',
    lasts: 'weeks',
    complaints: [
      'I have sweated and trembled {since}, and my pulse is 100 at rest. I have lost four kilos and eat a lot.',
      'My heart has pounded {since}, I sleep badly and my eyes feel as if there were sand in them.',
    ],
    diagnosis: {
      title: 'Graves’ disease',
      icd10: 'E05.0',
      description: 'TSH suppressed, free T4 twice the upper limit, TRAb positive. Eyes slightly irritated.',
      recommendations:
        'Thiamazole 20 mg and propranolol as written in the plan. Sore throat with fever: blood count on the same day. No smoking, for the eyes.',
    },
  },
  {
    specialty: 'endocrinology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My bone density test was bad. I broke my wrist in a harmless fall last winter, and my back has hurt {since}.',
      'I have become two centimetres shorter and my upper back has ached {since}. My mother broke her hip.',
    ],
    who: { sex: 'female', minAge: 55 },
    diagnosis: {
      title: 'Postmenopausal osteoporosis',
      icd10: 'M81.0',
      description: 'T-score −2.9 at the spine. Calcium, vitamin D and parathyroid hormone are normal.',
      recommendations:
        'Alendronate 70 mg once a week, upright with a full glass of water. Vitamin D 1,000 units a day, strength training, no loose carpets.',
    },
  },
  {
    specialty: 'urology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'The stream has become weak {since}, and I get up four times at night. It takes long until it begins.',
      'I have had to run to the toilet {since}, and afterwards it drips. My doctor measured a PSA of 2.1.',
    ],
    who: { sex: 'male', minAge: 52 },
    diagnosis: {
      title: 'Benign enlargement of the prostate',
      icd10: 'N40',
      description: 'Prostate of 48 ml, residual urine 60 ml, PSA 2.1 ng/ml. Flow reduced.',
      recommendations:
        'Tamsulosin 0.4 mg in the evening; get up slowly, it may lower the blood pressure. Little to drink after seven. Contact in six weeks.',
    },
    talk: [
      ['doctor', 'Good day. How often do you get up at night, and do you feel that the bladder is empty afterwards?'],
      ['patient', 'Four times. No, often I go again after ten minutes.'],
      ['doctor', 'Any blood, fever or pain? And which medicines do you take?'],
      ['patient', 'No blood. I take something for blood pressure and in spring something against hay fever.'],
      ['doctor', 'The hay fever tablets can make it worse; please tell me their name.'],
      ['patient', 'Cetirizine.'],
      ['doctor', 'That one is all right. I prescribe tamsulosin; most men notice a difference within two weeks.'],
      ['patient', 'Twice a night now instead of four times. I feel like a new person.'],
    ],
  },
  {
    specialty: 'urology',
    urgency: 'emergency',
    lasts: 'days',
    complaints: [
      'I have had waves of terrible pain in the left flank {since}. It goes down to the groin and I cannot sit still.',
      'I have had cramps in the right side {since}, and my urine was pink this morning. I feel sick with it.',
    ],
    who: { minAge: 25 },
    diagnosis: {
      title: 'Stone in the ureter',
      icd10: 'N20.1',
      description: 'CT with low dose shows a stone of 4 mm just above the bladder. No fever, kidney slightly widened.',
      recommendations:
        'Diclofenac and tamsulosin; stones of this size pass by themselves in most cases. Sieve the urine. Emergency department at once with fever or shivers.',
    },
  },
  {
    specialty: 'urology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have had fever and pain in the right flank {since}, after a bladder infection that I did not treat.',
      'My back has hurt on the left {since}, with shivers and 38.8 °C. Passing water burns.',
    ],
    who: { sex: 'female' },
    diagnosis: {
      title: 'Acute pyelonephritis',
      icd10: 'N10',
      description: 'Fever and a tender flank, leucocytes and nitrite in the urine. No obstruction in the ultrasound.',
      recommendations:
        'Cefpodoxime 200 mg twice a day for ten days, bed rest, two litres of fluid. If the fever is not gone after 48 hours: hospital.',
    },
  },
  {
    specialty: 'urology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have lost a little urine {since} when I laugh, cough or jump. I had two children.',
      'I have had to wear a pad for sport {since}. I do not want to give up running.',
    ],
    who: { sex: 'female', minAge: 28 },
    diagnosis: {
      title: 'Stress incontinence',
      icd10: 'N39.3',
      description: 'Small losses on coughing, no infection, no residual urine.',
      recommendations:
        'Training of the pelvic floor with a physiotherapist, twelve weeks, daily at home. A pessary for running. An operation only if that is not enough.',
    },
  },
];
