export const messages = {
  'requests.asked': 'Asked {when}',
  'requests.hello': 'Hello, {name}.',
  'requests.none.text': 'When you ask a doctor, you find the request and the conversation here.',
  'requests.none.title': 'No requests yet',
  'requests.title': 'My requests',
  'status.accepted': 'In conversation',
  'status.cancelled': 'Cancelled',
  'status.closed': 'Closed',
  'status.declined': 'Declined',
  'status.diagnosed': 'Diagnosis is there',
  'status.submitted': 'Waiting for a doctor',
} as const;
