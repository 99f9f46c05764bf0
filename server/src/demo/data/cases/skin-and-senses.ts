import type { Case } from '../case.ts';

export const skinAndSenseCases: readonly Case[] = [
  {
    specialty: 'dermatology',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'I have had dry, red patches in the crooks of both elbows {since}. They itch so much at night that I scratch them open.',
      'The skin of my hands has been cracked and itchy {since}. I work in a kitchen and wash them thirty times a day.',
    ],
    diagnosis: {
      title: 'Atopic dermatitis',
      icd10: 'L20.8',
      description:
        'Itching patches with scratch marks in typical places, hay fever in the history. No sign of infection.',
      recommendations:
        'Mometasone cream once a day for seven days, then twice a week. Greasy ointment without perfume several times a day. Lukewarm, short showers.',
    },
    talk: [
      [
        'doctor',
        'Thank you for the clear description. Do you have hay fever or asthma, and does anyone in your family?',
      ],
      ['patient', 'Hay fever since school. My brother had eczema as a child.'],
      ['doctor', 'What have you put on it so far?'],
      ['patient', 'A cream with urea from the supermarket. It burns.'],
      ['doctor', 'Urea burns on open skin; please leave it. Is any spot weeping, yellow or warm?'],
      ['patient', 'No, only dry and red, and scratched.'],
      [
        'doctor',
        'Good, then it is not infected. A cortisone cream for one week will calm it, and after that we keep it calm with little.',
      ],
      ['patient', 'I am a bit afraid of cortisone. Does it make the skin thin?'],
      [
        'doctor',
        'Not with this one, used for a week and then twice a week. I will write down exactly how much: one fingertip for two palms.',
      ],
      ['patient', 'That helps. Thank you.'],
    ],
  },
  {
    specialty: 'dermatology',
    urgency: 'urgent',
    lasts: 'months',
    complaints: [
      'A mole on my back has grown {since} and has two colours now. My partner says that its edge is ragged.',
      'I have watched a dark spot on my calf {since}. It has become larger than a pencil and itches at times.',
    ],
    diagnosis: {
      title: 'Melanocytic naevus, to be removed',
      icd10: 'D22.5',
      description:
        'Irregular network in the dermatoscope, 7 mm. It looks benign for the most part, but only the laboratory can tell.',
      recommendations:
        'Removal under local anaesthesia this week; the result comes within five days. Sun protection, and a check of the whole skin once a year.',
    },
  },
  {
    specialty: 'dermatology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have had pimples on the chin and the jaw {since}, some deep and painful. Washing lotions have not helped.',
      'My acne has come back {since}, also on the shoulders. It leaves dark marks.',
    ],
    who: { maxAge: 40 },
    diagnosis: {
      title: 'Acne vulgaris',
      icd10: 'L70.0',
      description: 'Papules and pustules of medium degree in the face, few scars.',
      recommendations:
        'Adapalene with benzoyl peroxide in the evening, thinly, every second day at first. It takes eight weeks to judge. Sun protection in the morning; not during a pregnancy.',
    },
  },
  {
    specialty: 'dermatology',
    urgency: 'routine',
    lasts: 'days',
    complaints: [
      'I have had itching weals on the belly and the arms {since}. Each of them goes within hours and new ones come.',
      'A rash like nettle stings has come and gone {since}. My lips were swollen once, my breath was fine.',
    ],
    diagnosis: {
      title: 'Acute urticaria',
      icd10: 'L50.9',
      description: 'Fleeting weals, probably after an infection. No swelling of the tongue, no shortness of breath.',
      recommendations:
        'Cetirizine 10 mg once a day, up to twice if needed, for two weeks. Call the emergency number at once if the tongue swells or breathing becomes hard.',
    },
  },
  {
    specialty: 'ophthalmology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'My right eye has been red {since}, and the lids are stuck together in the morning. I wear contact lenses.',
      'Both eyes have been red and itchy {since}, with a watery discharge. My daughter had the same last week.',
    ],
    diagnosis: {
      title: 'Acute conjunctivitis',
      icd10: 'H10.3',
      description: 'Redness and discharge, vision unchanged, no pain in light.',
      recommendations:
        'Clean the lids with boiled water, no contact lenses for two weeks, own towel. Drops as prescribed. Please write at once if it hurts, or if you see less.',
    },
    talk: [
      ['doctor', 'Hello. Please cover one eye and then the other: do you see as sharply as always with the red one?'],
      ['patient', 'Yes, once I have blinked the discharge away.'],
      ['doctor', 'Does it hurt, or does bright light hurt?'],
      ['patient', 'No pain. It scratches, like sand.'],
      ['doctor', 'Then it is very likely the conjunctiva only. Have you worn the lenses since it began?'],
      ['patient', 'On the first day, yes. Since then my glasses.'],
      ['doctor', 'Keep to the glasses, and throw the pair of lenses and their case away.'],
    ],
  },
  {
    specialty: 'ophthalmology',
    urgency: 'emergency',
    lasts: 'days',
    complaints: [
      'I have seen flashes of light at the edge of the left eye {since}, and a swarm of black dots since this morning.',
      'I have had new floaters in the right eye {since}, and now something like a grey veil from below.',
    ],
    who: { minAge: 45 },
    diagnosis: {
      title: 'Retinal tear',
      icd10: 'H33.3',
      description: 'Small horseshoe tear at the upper edge, without detachment, found on the same day.',
      recommendations:
        'Laser treatment done today. No sport and no heavy lifting for two weeks. Come at once, also at night, if a shadow appears.',
    },
  },
  {
    specialty: 'ophthalmology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'I have been dazzled by headlights {since} and read only in bright light. Colours look yellowish.',
      'My sight has become misty {since}, more on the right. New glasses did not help.',
    ],
    who: { minAge: 60 },
    diagnosis: {
      title: 'Age-related cataract',
      icd10: 'H25.9',
      description:
        'Clouding of both lenses, vision 0.5 on the right and 0.6 on the left. Retina and pressure are normal.',
      recommendations:
        'An operation of the right eye is worth it as soon as it bothers you in daily life. You get the dates and a leaflet. No driving in the dark until then.',
    },
  },
  {
    specialty: 'ophthalmology',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'My eyes have burned in the afternoon {since}. I look at screens for nine hours a day.',
      'I have had watering, tired eyes {since}, worse in the office with the air conditioning.',
    ],
    diagnosis: {
      title: 'Dry eye syndrome',
      icd10: 'H04.1',
      description: 'The tear film breaks after five seconds. Lid margins slightly inflamed.',
      recommendations:
        'Hyaluronic drops without preservative four times a day, a warm mask on the lids in the evening. Every twenty minutes look into the distance for twenty seconds.',
    },
  },
  {
    specialty: 'otolaryngology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have hardly heard on the left {since}. It came from one moment to the next, and there is a high tone in that ear.',
      'My right ear has felt as if full of cotton wool {since}. There is a whistle in it and I feel unsteady.',
    ],
    diagnosis: {
      title: 'Sudden idiopathic hearing loss',
      icd10: 'H91.2',
      description: 'Inner-ear loss of 35 dB on one side; the ear drum is normal. No neurological signs.',
      recommendations:
        'Prednisolone as written in the plan for six days, in the morning with food. Hearing test again in one week. Avoid noise; work is possible if you feel fit.',
    },
    talk: [
      ['patient', 'Good evening, I am worried. It does not get any better.'],
      [
        'doctor',
        'Good evening. I understand that. Hum a deep tone, please: do you hear it more in the bad ear or in the good one?',
      ],
      ['patient', 'More in the good one.'],
      ['doctor', 'Then the inner ear is affected, not wax. Do you feel the room turning, does your face feel normal?'],
      ['patient', 'No turning. My face is normal.'],
      ['doctor', 'Good. I would like a hearing test tomorrow morning. Do you have diabetes or stomach ulcers?'],
      ['patient', 'No. I can be there at nine.'],
      ['doctor', 'Nine o’clock is booked. In most people much of the hearing comes back.'],
    ],
  },
  {
    specialty: 'otolaryngology',
    urgency: 'routine',
    lasts: 'months',
    complaints: [
      'My nose has been blocked {since}, with pressure over the cheeks when I bend down. I smell almost nothing.',
      'I have had thick mucus in the throat and a dull headache above the eyes {since}.',
    ],
    diagnosis: {
      title: 'Chronic sinusitis',
      icd10: 'J32.9',
      description:
        'Swollen mucosa on both sides, no polyps. The complaints have lasted more than twelve weeks altogether.',
      recommendations:
        'Rinse with salt water twice a day, then mometasone nasal spray. No decongestant spray for longer than a week. Contact again in eight weeks.',
    },
  },
  {
    specialty: 'otolaryngology',
    urgency: 'urgent',
    lasts: 'days',
    complaints: [
      'I have had a very sore throat with white spots on the tonsils {since}, and 38.9 °C. I can swallow water.',
      'Swallowing has hurt badly {since}. The glands of my neck are swollen, and I have no cough.',
    ],
    diagnosis: {
      title: 'Streptococcal tonsillitis',
      icd10: 'J03.0',
      description: 'Centor score 4, rapid test positive. The mouth opens fully, no abscess.',
      recommendations:
        'Penicillin V three times a day for seven days, ibuprofen at need. You are no longer infectious after 24 hours. Write at once if the mouth no longer opens.',
    },
  },
  {
    specialty: 'otolaryngology',
    urgency: 'routine',
    lasts: 'weeks',
    complaints: [
      'I have had spells of vertigo {since}: the room turns for half a minute when I turn over in bed to the right.',
      'I have had short spells of dizziness {since} when I look up or lie down. Hearing is normal.',
    ],
    who: { minAge: 35 },
    diagnosis: {
      title: 'Benign paroxysmal positional vertigo',
      icd10: 'H81.1',
      description: 'Typical eye movement in the Dix-Hallpike test on the right. No other signs.',
      recommendations:
        'Epley manoeuvre as in the film that I have sent, three times a day until a day has passed without vertigo. It is harmless, but hold on to something when you get up.',
    },
  },
];
