/** What is mailed of appointments. Never with whom or what about: mails lie around, and so do calendars. */
export const english = {
  subject: {
    booked: 'Your appointment is booked',
    moved: 'Your appointment was moved',
    'handed-over': 'Your appointment was cancelled',
    cancelled: 'Your appointment was cancelled',
    reminder: 'Your appointment is near',
    'no-show': 'You missed your appointment',
  },
  patient: {
    booked: 'your appointment is booked. The room for it opens shortly before it begins; log in then.',
    moved: 'your appointment is at another time now. If it does not suit you, log in to move or cancel it.',
    'handed-over':
      'the doctor with whom you had this appointment has handed your request over, as you agreed, so it was cancelled. Log in to write to your new doctor, or to book a time with them.',
    cancelled: 'your appointment was cancelled. Log in to see why, or to book another.',
    reminder: 'this is a reminder of your appointment. The room for it opens shortly before it begins; log in then.',
    'no-show': 'the doctor waited for you and has marked the appointment as missed. Log in to book another.',
  },
  doctor: {
    booked: 'a patient has booked an appointment with you. The room for it opens shortly before it begins.',
    moved: 'an appointment with you is at another time now.',
    'handed-over':
      'you have handed the request over for which this appointment was, so it was cancelled. The time is free again.',
    cancelled: 'an appointment with you was cancelled. The time is free again.',
    reminder: 'this is a reminder of an appointment with you.',
  },
  successor:
    'for a request that you have taken over there was an appointment with the doctor before you. It was cancelled. If the patient needs a time with you, please write to them.',
  when: 'When: {start} to {end} ({zone})',
  label: 'See your appointments',
  toRequest: 'Open the request',
  event: 'Openward consultation',
} as const;
