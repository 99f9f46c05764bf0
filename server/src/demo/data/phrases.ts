import type { Case } from './case.ts';

/** What `{since}` in a complaint becomes. */
export const durations: Record<Case['lasts'], readonly string[]> = {
  days: ['for two days', 'for three days', 'for four days', 'for five days', 'since the weekend'],
  weeks: ['for two weeks', 'for almost three weeks', 'for three weeks', 'for a good month', 'for five weeks'],
  months: ['for two months', 'for about three months', 'for four months', 'for half a year', 'for almost a year'],
};

/** What people add at the end. */
export const asides = [
  'Please tell me what else you need to know.',
  'I do not want to wait much longer with it.',
  'I would be glad of an answer before the weekend.',
  'I can talk by phone or video if that helps.',
  'My family doctor is on holiday, so I ask here.',
  'I am travelling next week and would like to know whether that is all right.',
  'I can come for an examination if that is needed.',
] as const;

/** By stars, from one to five. */
export const ratingComments: Record<number, readonly string[]> = {
  1: [
    'Two short answers in three days. I went to another doctor in the end.',
    'I did not feel that my questions were read.',
  ],
  2: [
    'The diagnosis may be right, but I had to ask three times for an explanation.',
    'Long waits between the answers, and then a very short one.',
    'Polite, but in a hurry. I would have liked more time.',
  ],
  3: [
    'It was all right. I would have liked a clearer plan.',
    'Friendly, but I waited a day for each answer.',
    'The treatment helped a little. The explanation was rather technical.',
    'Solid advice, not much more than that.',
  ],
  4: [
    'Good advice and a plan that I could follow. The first answer took a while.',
    'Friendly and thorough. I felt in good hands.',
    'Explained the options without pushing me to one of them.',
    'Very competent. A little more time for questions would have been perfect.',
    'Quick diagnosis, and the treatment works.',
    'Clear words, and the instructions were easy to follow.',
  ],
  5: [
    'Listened, asked the right questions and explained everything. Thank you!',
    'I had an answer within the hour and felt better after two days.',
    'For the first time somebody has explained to me what is going on in my body.',
    'Warm, precise and quick. I would ask the same doctor again at any time.',
    'Took my worry seriously and sent me to the right place on the same day.',
    'Very patient with all my questions, even the third time.',
    'An excellent doctor. The plan was clear and it worked.',
    'Even asked two days later how I was. I have never had that before.',
    'Calm and kind. My mother understood every word.',
    'Saved me a trip to the hospital and a lot of worry.',
  ],
};

export const cancelReasons = [
  'It has become better by itself.',
  'I got an appointment at a practice near me.',
  'I sent this twice by mistake.',
  'My family doctor is back and takes care of it.',
] as const;

export const declineReasons = [
  'I am away until the end of next week, and this should not wait so long.',
  'This needs an examination in person. Please go to a practice near you.',
  'A colleague with another focus can help you better; please ask the specialty as a whole.',
  'My list is full for this week. I am sorry.',
] as const;

export const releaseReasons = [
  'I have fallen ill and hand this to a colleague.',
  'This is outside my focus; a colleague of the specialty should see it.',
  'An operation takes longer than planned today. A colleague can answer sooner.',
] as const;

export const banReason =
  'Insulted two doctors in their rooms after a warning. The ban ends by itself after three days.';

export const allergies = [
  'Penicillin',
  'Birch and hazel pollen',
  'House dust mite',
  'Peanuts',
  'Nickel',
  'Ibuprofen (weals)',
  'Contrast medium with iodine',
  'Cat hair',
  'Latex',
] as const;
