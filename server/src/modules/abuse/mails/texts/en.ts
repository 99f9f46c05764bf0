/** Not what waits, only that something does: mails lie around unencrypted. */
export const english = {
  subject: 'Something looks like abuse',
  waiting: {
    one: 'a case waits for an admin to look at. What could be done without you has been done: you see what, why and until when in the list, and can lift it.',
    other:
      '{count} cases wait for an admin to look at. What could be done without you has been done: you see what, why and until when in the list, and can lift it.',
  },
  atMost: 'You get this mail at most once an hour.',
  label: 'Open the list',
} as const;
