import Type from 'typebox';
import { CareRequest } from './care.ts';
import { route } from './route.ts';
import { Id, IdParams, Page, PageQuery, Prose, Shape } from './schema.ts';

const errors = ['not-found', 'invalid-transition'] as const;
const Note = Prose(2000, 'Needs somebody with an eye for the heart as well.');

export const offerTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer',
  area: 'Care',
  summary:
    'Propose to hand a request that one treats over to another doctor, of whatever specialty. Nothing changes before the patient has consented and the other doctor has taken it.',
  who: ['doctor'],
  params: IdParams,
  body: Shape({ doctorId: Id, note: Type.Optional(Note) }),
  replies: { 201: CareRequest },
  errors: [...errors, 'transfer-pending', 'doctor-not-approved'],
});

export const withdrawTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/withdraw',
  area: 'Care',
  summary: 'Take the proposal back, as long as the other doctor has not taken the request.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...errors, 'doctor-not-approved'],
});

export const consentTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/consent',
  area: 'Care',
  summary:
    'Consent: the other doctor may look at the request and take it. Whoever takes it reads the whole conversation; the doctor before no longer does.',
  who: ['patient'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors,
});

export const refuseTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/refuse',
  area: 'Care',
  summary: 'Refuse, or take the consent back as long as the other doctor has not taken the request. The doctor stays.',
  who: ['patient'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors,
});

export const acceptTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/accept',
  area: 'Care',
  summary:
    'Take over what the patient has consented to. An appointment for it with the doctor before, if it is not over, is cancelled. Taking again what one has is 200.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: CareRequest },
  errors: [...errors, 'doctor-not-approved'],
});

export const declineTransfer = route({
  method: 'POST',
  path: '/requests/{id}/transfer/decline',
  area: 'Care',
  summary: 'Do not take it over. The doctor stays, and one sees the request no more.',
  who: ['doctor'],
  params: IdParams,
  replies: { 204: null },
  errors: [...errors, 'doctor-not-approved'],
});

export const listTransfers = route({
  method: 'GET',
  path: '/transfers',
  area: 'Care',
  summary: 'What colleagues would like to hand over to the caller and the patients have consented to, newest first.',
  who: ['doctor'],
  query: Shape(PageQuery),
  replies: { 200: Page(CareRequest) },
  errors: ['doctor-not-approved'],
});

export const handOver = route({
  method: 'POST',
  path: '/me/handover',
  area: 'Care',
  summary:
    'Before leaving: propose one doctor for all requests that one treats and has not proposed anybody for. Each patient is asked.',
  who: ['doctor'],
  body: Shape({ doctorId: Id, note: Type.Optional(Note) }),
  replies: { 200: Shape({ offered: Type.Integer(), pending: Type.Integer() }) },
  errors: ['not-found', 'doctor-not-approved'],
});
