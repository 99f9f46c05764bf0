import type { Case } from '../case.ts';

export const mindAndNerveCases: readonly Case[] = [
  {
    specialty: 'neurology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have had a throbbing headache on one side twice a week {since}. Light and noise are unbearable and I have to lie down.',
      'My migraine has become more frequent {since}, six days last month. Before it I see zigzag lines for twenty minutes.',
    ],
    diagnosis: {
      title: 'Migraine with aura',
      icd10: 'G43.1',
      description: 'Typical attacks, neurological examination normal. No warning signs that call for imaging.',
      recommendations:
        'Sumatriptan 50 mg at the beginning of the pain, not during the aura, on ten days a month at most. Headache diary. For prevention: endurance sport, regular sleep, and metoprolol if there are four days or more next month.',
    },
    talk: [
      [
        'doctor',
        'Hello. On how many days did you have a headache in the last four weeks, and on how many did you take something?',
      ],
      ['patient', 'Seven days. I took ibuprofen on six of them, sometimes twice.'],
      ['doctor', 'Does the aura always change sides, and has your speech or an arm ever been affected?'],
      ['patient', 'Sometimes left, sometimes right. Never speech or an arm.'],
      ['doctor', 'Good. Do you take the pill, and do you smoke? It matters with an aura.'],
      ['patient', 'Neither.'],
      [
        'doctor',
        'Then I suggest a triptan for the attacks and a diary. I have sent you a link to one that prints on one page.',
      ],
      ['patient', 'I filled it in for a fortnight. The attacks come after short nights, I had not noticed.'],
      ['doctor', 'That is worth more than a tablet. Let us begin there.'],
    ],
  },
  {
    specialty: 'neurology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My right thumb and the two fingers beside it have been numb at night {since}. I shake the hand and it gets better.',
      'I have had tingling in both hands {since}, mostly when cycling and in the morning. I drop things.',
    ],
    who: { minAge: 30 },
    diagnosis: {
      title: 'Carpal tunnel syndrome',
      icd10: 'G56.0',
      description: 'Nerve conduction is slowed at the wrist. Strength of the thumb is normal.',
      recommendations:
        'Splint for the night for six weeks. If it is not better then, an injection or a small operation. Avoid bending the wrist for long.',
    },
  },
  {
    specialty: 'neurology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My left hand has trembled {since} when it lies in my lap. My handwriting has become smaller.',
      'I have been slower in everything {since}. My wife says that my arm no longer swings when I walk.',
    ],
    who: { sex: 'male', minAge: 58 },
    diagnosis: {
      title: 'Parkinson’s disease, early stage',
      icd10: 'G20',
      description: 'Tremor at rest and slowed movements on one side, good answer to the test with levodopa.',
      recommendations:
        'Levodopa with benserazide, rising slowly as written in the plan. Physiotherapy twice a week. I have added the address of the patients’ group in your city.',
    },
  },
  {
    specialty: 'neurology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'The right half of my face has hung {since}. I cannot close the eye, and food falls out of my mouth. Arms and legs are fine.',
      'I have had a crooked smile {since} and pain behind the ear. My forehead does not move on that side.',
    ],
    diagnosis: {
      title: 'Bell’s palsy',
      icd10: 'G51.0',
      description: 'Weakness of the whole half of the face, forehead included; no other signs. No blisters in the ear.',
      recommendations:
        'Prednisolone 60 mg for five days, then falling. Artificial tears by day, ointment and a moisture chamber at night. It heals in most people within three months.',
    },
  },
  {
    specialty: 'psychiatry',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have had no joy in anything {since}. I wake at four and lie awake. At work I make mistakes that I never made.',
      'Everything has cost me great effort {since}. I see few people and eat because I must. I want to talk to somebody.',
    ],
    diagnosis: {
      title: 'Depressive episode of medium degree',
      icd10: 'F32.1',
      description:
        'Low mood, loss of interest, early waking, over several weeks. No thoughts of suicide; there is support from the family.',
      recommendations:
        'Psychotherapy, beginning next week, and sertraline 50 mg in the morning. A fixed hour for getting up, a walk every day. In a crisis call the number in the plan, at any hour.',
    },
    talk: [
      ['doctor', 'Thank you for writing; that is often the hardest step. How have the last two weeks been?'],
      ['patient', 'Grey. I get up, go to work, and lie down again. At the weekend I did not leave the flat.'],
      ['doctor', 'I would like to ask you openly: have you thought that you would rather not live?'],
      ['patient', 'No. That I want to sleep for a month, yes. But not that.'],
      [
        'doctor',
        'Thank you for your openness. If that changes, you write here or call the number in your plan at once. Will you?',
      ],
      ['patient', 'Yes, I promise. My sister knows too.'],
      [
        'doctor',
        'Good that she is there. Let us meet by video on Tuesday. Until then one thing only: a walk by daylight, each day, ten minutes are enough.',
      ],
      ['patient', 'I went out every day but one. It was easier than I thought.'],
      ['doctor', 'That counts. We go on from there.'],
    ],
  },
  {
    specialty: 'psychiatry',
    urgency: 'urgent',
    lasts: 'weeks',
    complaints: [
      'My heart has raced out of nowhere {since}, with trembling and the fear of dying. The emergency department found nothing.',
      'I have had four attacks of fear {since}, two of them in the underground. Now I avoid it and walk an hour.',
    ],
    diagnosis: {
      title: 'Panic disorder',
      icd10: 'F41.0',
      description:
        'Repeated attacks with a peak within minutes; heart and thyroid have been checked. Beginning avoidance.',
      recommendations:
        'Behavioural therapy with exposure, eight sessions. Breathing exercise twice a day. Do not avoid the underground: one stop each day, we plan it together.',
    },
  },
  {
    specialty: 'psychiatry',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have needed two hours to fall asleep {since}. In bed I think about the next day all the time.',
      'I have slept four or five hours a night {since}. I work in shifts. Melatonin did nothing.',
    ],
    diagnosis: {
      title: 'Insomnia',
      icd10: 'F51.0',
      description:
        'Trouble falling asleep on most nights for over three months. No snoring, no restless legs, little caffeine.',
      recommendations:
        'Cognitive therapy for insomnia, online, six weeks. In bed only for sleeping; up after twenty minutes awake; the same hour every morning. No sleeping tablets.',
    },
  },
  {
    specialty: 'psychiatry',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have lost my thread in every meeting {since}. My teachers already wrote that I dream. I would like to be tested for ADHD.',
      'I have forgotten appointments and bills {since}. It has been so all my life, but with two children it no longer works.',
    ],
    who: { minAge: 22, maxAge: 48 },
    diagnosis: {
      title: 'Attention deficit disorder in an adult',
      icd10: 'F98.8',
      description:
        'Signs since primary school, confirmed by school reports and two questionnaires. No depression, no thyroid disease.',
      recommendations:
        'Information and coaching first; methylphenidate in a low dose if you wish, after an ECG and a blood pressure check. Contact in four weeks.',
    },
  },
];
