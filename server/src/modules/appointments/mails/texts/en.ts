/** What is mailed of appointments. Never with whom or what about: mails lie around, and so do calendars. */
export const english = {
  subject: {
    booked: 'Your appointment is booked',
    moved: 'Your appointment was moved',
    cancelled: 'Your appointment was cancelled',
    reminder: 'Your appointment is near',
    'no-show': 'You missed your appointment',
  },
  patient: {
    booked: 'your appointment is booked. The room for it opens shortly before it begins; log in then.',
    moved: 'your appointment is at another time now. If it does not suit you, log in to move or cancel it.',
    cancelled: 'your appointment was cancelled. Log in to see why, or to book another.',
    reminder: 'this is a reminder of your appointment. The room for it opens shortly before it begins; log in then.',
    'no-show': 'the doctor waited for you and has marked the appointment as missed. Log in to book another.',
  },
  doctor: {
    booked: 'a patient has booked an appointment with you. The room for it opens shortly before it begins.',
    moved: 'an appointment with you is at another time now.',
    cancelled: 'an appointment with you was cancelled. The time is free again.',
    reminder: 'this is a reminder of an appointment with you.',
  },
  when: 'When: {start} to {end} ({zone})',
  label: 'See your appointments',
  event: 'Openward consultation',
} as const;
