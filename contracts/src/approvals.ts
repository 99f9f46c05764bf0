import Type, { type Static } from 'typebox';
import { route } from './route.ts';
import { Id, IdParams, Line, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';
import { Specialty, SpecialtyCode } from './specialties.ts';

/** What a doctor can show: a licence, a diploma. The bytes decide what a file is. */
export const approvalDocumentTypes = ['application/pdf', 'image/png', 'image/jpeg'] as const;
export const approvalDocumentMaxBytes = 10_000_000;
export const approvalDocumentsMax = 10;

export const ApprovalDocument = Shape({
  id: Id,
  name: Type.String({ examples: ['licence.pdf'] }),
  type: OneOf(approvalDocumentTypes),
  sizeBytes: Type.Integer(),
  createdAt: Time,
});
export type ApprovalDocument = Static<typeof ApprovalDocument>;

const asked = {
  id: Id,
  kind: OneOf(['first', 'again', 'change'], {
    description:
      '`again`: after a refusal. `change`: of an approved doctor, who stays what they are until it is decided.',
  }),
  specialty: Specialty,
  licenseNumber: Type.String({ examples: ['PT-48213'] }),
  note: Nullable(Type.String()),
  askedAt: Time,
};

/** Where a doctor's approval stands. `asked` waits for an admin, `last` is what was decided last. */
export const Approval = Shape({
  state: OneOf(['approved', 'waiting', 'rejected', 'none']),
  asked: Nullable(Shape(asked)),
  last: Nullable(Shape({ state: OneOf(['approved', 'rejected']), decidedAt: Time, reason: Nullable(Type.String()) })),
  documents: Type.Array(ApprovalDocument),
});
export type Approval = Static<typeof Approval>;

export const askApproval = route({
  method: 'POST',
  path: '/me/approval',
  area: 'Doctors',
  summary:
    'A doctor hands in again after a refusal, corrects what waits, or asks for another specialty or licence number: an approved doctor stays what they are until an admin has decided.',
  who: 'logged-in',
  body: Shape({
    specialty: Type.Optional(SpecialtyCode),
    licenseNumber: Type.Optional(Line(50, 'PT-48213')),
    note: Type.Optional(Prose(2000, 'The new licence is attached.')),
  }),
  replies: { 201: Approval },
  errors: ['forbidden', 'invalid-transition'],
});

export const uploadApprovalDocument = route({
  method: 'POST',
  path: '/me/approval/documents',
  area: 'Doctors',
  summary: 'A document that shows who one is as a doctor. Seen by oneself and by admins.',
  who: 'logged-in',
  query: Shape({ name: Line(200, 'licence.pdf') }),
  upload: { types: approvalDocumentTypes, maxBytes: approvalDocumentMaxBytes },
  replies: { 201: ApprovalDocument },
  errors: ['forbidden', 'too-many-documents'],
});

export const openOwnDocument = route({
  method: 'GET',
  path: '/me/approval/documents/{id}',
  area: 'Doctors',
  summary: 'The bytes of an own document.',
  who: 'logged-in',
  params: IdParams,
  download: approvalDocumentTypes,
  replies: { 200: null },
  errors: ['not-found'],
});

export const removeApprovalDocument = route({
  method: 'DELETE',
  path: '/me/approval/documents/{id}',
  area: 'Doctors',
  summary: 'Remove an own document that nothing was decided on yet.',
  who: 'logged-in',
  params: IdParams,
  replies: { 204: null },
  errors: ['not-found', 'invalid-transition'],
});

export const QueuedApproval = Shape({
  ...asked,
  doctor: Shape({
    id: Id,
    fullName: Type.String(),
    email: Nullable(Type.String()),
    emailVerified: Type.Boolean(),
    specialty: Specialty,
    licenseNumber: Type.String(),
  }),
  previous: Nullable(
    Shape({ state: OneOf(['approved', 'rejected']), decidedAt: Time, reason: Nullable(Type.String()) }),
  ),
  documents: Type.Array(
    Shape({
      ...ApprovalDocument.properties,
      isNew: Type.Boolean({ description: 'Not there at the decision before.' }),
    }),
  ),
});
export type QueuedApproval = Static<typeof QueuedApproval>;

export const listApprovals = route({
  method: 'GET',
  path: '/admin/approvals',
  area: 'Admin',
  summary: 'The doctors who wait for a decision, who has waited longest first, with what is new since the one before.',
  who: ['admin'],
  query: Shape(PageQuery),
  replies: { 200: Page(QueuedApproval) },
  errors: [],
});

export const openApprovalDocument = route({
  method: 'GET',
  path: '/admin/approval-documents/{id}',
  area: 'Admin',
  summary: 'The bytes of a doctor’s document. Written into the audit.',
  who: ['admin'],
  params: IdParams,
  download: approvalDocumentTypes,
  replies: { 200: null },
  errors: ['not-found'],
});
