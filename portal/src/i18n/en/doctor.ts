export const messages = {
  'inbox.none.text': 'New requests to you or your specialty appear here, the urgent ones first.',
  'inbox.none.title': 'Nobody waits',
  'inbox.title': 'Requests',
  'pending.text': 'The clinic checks your licence. You will get a mail as soon as it is done, and see requests here.',
  'pending.title': 'Your account awaits approval',
  'urgency.emergency': 'Emergency',
  'urgency.routine': 'Routine',
  'urgency.urgent': 'Urgent',
} as const;
