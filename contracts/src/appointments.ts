import Type, { type Static } from 'typebox';
import { requestStatuses, urgencies } from './care.ts';
import { route } from './route.ts';
import { Day, Id, IdParams, List, Nullable, OneOf, Page, PageQuery, Prose, Shape, Time } from './schema.ts';

export const appointmentStatuses = ['booked', 'cancelled', 'no-show'] as const;
export type AppointmentStatus = (typeof appointmentStatuses)[number];

const TimeZone = Type.String({
  maxLength: 64,
  pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
  description: 'A time zone by its IANA name.',
  examples: ['Europe/Berlin'],
});

const wallTime = '([01]\\d|2[0-3]):[0-5]\\d';
const FromTime = Type.String({ pattern: `^${wallTime}$`, description: 'On the wall clock.', examples: ['09:00'] });
const ToTime = Type.String({
  pattern: `^(${wallTime}|24:00)$`,
  description: 'On the wall clock; `24:00` is the end of the day.',
  examples: ['12:00'],
});

const Minutes = (minimum: number, maximum: number, example: number) =>
  Type.Integer({ minimum, maximum, examples: [example] });

const Window = Shape({
  weekday: Type.Integer({ minimum: 1, maximum: 7, description: 'Monday is 1 (ISO 8601).', examples: [1] }),
  from: FromTime,
  to: ToTime,
});

const hours = {
  timeZone: TimeZone,
  slotMinutes: Minutes(10, 120, 30),
  breakMinutes: Minutes(0, 120, 0),
  noticeMinutes: Minutes(0, 20_160, 120),
  aheadDays: Type.Integer({ minimum: 1, maximum: 365, examples: [60] }),
  weekly: Type.Array(Window, { maxItems: 70 }),
};

/** When a doctor takes appointments: wall times in `timeZone`. Nothing in `weekly`: never, but for exceptions. */
export const Hours = Shape(hours);
export type Hours = Static<typeof Hours>;

/** Days or hours of days that are `off`, or hours that are `extra`, from the first day to the last. */
export const HourException = Shape({
  id: Id,
  kind: OneOf(['off', 'extra']),
  fromDay: Day,
  toDay: Day,
  from: FromTime,
  to: ToTime,
});
export type HourException = Static<typeof HourException>;

const Person = Shape({ id: Id, fullName: Type.String() });

/**
 * `roomId`: once its room is open. `changeableUntil`: until then the patient may move and cancel it; `movesLeft`: as often.
 * `reason` and `changedBy` are of the last move or of the cancellation. `handedTo`: it was cancelled because this doctor has taken the request over.
 */
export const Appointment = Shape({
  id: Id,
  requestId: Id,
  requestStatus: OneOf(requestStatuses),
  roomId: Nullable(Id),
  status: OneOf(appointmentStatuses),
  patient: Person,
  doctor: Person,
  startsAt: Time,
  endsAt: Time,
  changeableUntil: Time,
  movesLeft: Type.Integer(),
  changedBy: Nullable(OneOf(['patient', 'doctor', 'system'])),
  reason: Nullable(Type.String()),
  handedTo: Type.Optional(Nullable(Person)),
  createdAt: Time,
});
export type Appointment = Static<typeof Appointment>;

/** `local`: the start on the clock of the zone asked for, with its offset from UTC. */
export const Slot = Shape({
  startsAt: Time,
  endsAt: Time,
  local: Type.String({ examples: ['2026-11-23T09:00:00+01:00'] }),
});
export type Slot = Static<typeof Slot>;

const Conflicts = Type.Array(Appointment, {
  description:
    'Booked appointments, at most 100, that no longer fit the hours. They stay as they are: move or cancel them.',
});

const doctorErrors = ['doctor-not-approved'] as const;

export const getHours = route({
  method: 'GET',
  path: '/me/hours',
  area: 'Appointments',
  summary: 'The own weekly hours; null before the first are set.',
  who: ['doctor'],
  replies: { 200: Shape({ hours: Nullable(Hours) }) },
  errors: doctorErrors,
});

export const setHours = route({
  method: 'PUT',
  path: '/me/hours',
  area: 'Appointments',
  summary: 'Set the own weekly hours. What is booked stays booked: the answer names what no longer fits.',
  who: ['doctor'],
  body: Hours,
  replies: { 200: Shape({ hours: Hours, conflicts: Conflicts }) },
  errors: doctorErrors,
});

export const listHourExceptions = route({
  method: 'GET',
  path: '/me/hours/exceptions',
  area: 'Appointments',
  summary: 'The own exceptions to the weekly hours that are not over, earliest first.',
  who: ['doctor'],
  replies: { 200: List(HourException) },
  errors: doctorErrors,
});

export const addHourException = route({
  method: 'POST',
  path: '/me/hours/exceptions',
  area: 'Appointments',
  summary: 'Take days or hours off, or offer extra ones. The answer names the booked appointments that no longer fit.',
  who: ['doctor'],
  body: Shape({
    kind: OneOf(['off', 'extra']),
    fromDay: Day,
    toDay: Type.Optional(Day),
    from: Type.Optional(FromTime),
    to: Type.Optional(ToTime),
  }),
  replies: { 201: Shape({ exception: HourException, conflicts: Conflicts }) },
  errors: [...doctorErrors, 'too-many-exceptions'],
});

export const removeHourException = route({
  method: 'DELETE',
  path: '/me/hours/exceptions/{id}',
  area: 'Appointments',
  summary: 'Take an exception back. The answer names the booked appointments that no longer fit.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: Shape({ conflicts: Conflicts }) },
  errors: [...doctorErrors, 'not-found'],
});

export const listSlots = route({
  method: 'GET',
  path: '/doctors/{id}/slots',
  area: 'Appointments',
  summary:
    'The free slots of a doctor that begin from `from` (default: now) until before `to` (default: a week later), 31 days at most. A patient sees those that fit the own appointments.',
  who: 'logged-in',
  params: IdParams,
  query: Shape({ from: Type.Optional(Time), to: Type.Optional(Time), timeZone: Type.Optional(TimeZone) }),
  replies: {
    200: Shape({ timeZone: TimeZone, doctorTimeZone: Nullable(TimeZone), items: Type.Array(Slot) }),
  },
  errors: ['not-found'],
});

export const bookAppointment = route({
  method: 'POST',
  path: '/appointments',
  area: 'Appointments',
  summary: 'Book a slot. It makes a request that is kept for the doctor; its room opens shortly before the start.',
  who: ['patient'],
  body: Shape({
    doctorId: Id,
    startsAt: Time,
    complaint: Prose(4000, 'A dry cough for two weeks, worse at night.'),
    urgency: Type.Optional(OneOf(urgencies)),
    timeZone: Type.Optional(TimeZone),
  }),
  replies: { 201: Appointment },
  errors: ['not-found', 'slot-taken', 'slot-unavailable', 'doctor-not-accepting', 'too-many-appointments'],
});

export const listAppointments = route({
  method: 'GET',
  path: '/appointments',
  area: 'Appointments',
  summary:
    'The own appointments that end after `from` and begin before `to`, earliest first, or latest with `order=latest`.',
  who: ['patient', 'doctor'],
  query: Shape({
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    status: Type.Optional(OneOf(appointmentStatuses)),
    order: Type.Optional(OneOf(['earliest', 'latest'], { description: 'Default: earliest.' })),
    ...PageQuery,
  }),
  replies: { 200: Page(Appointment) },
  errors: doctorErrors,
});

const appointmentErrors = [...doctorErrors, 'not-found'] as const;

export const getAppointment = route({
  method: 'GET',
  path: '/appointments/{id}',
  area: 'Appointments',
  summary: 'An own appointment.',
  who: ['patient', 'doctor'],
  params: IdParams,
  replies: { 200: Appointment },
  errors: appointmentErrors,
});

export const downloadAppointment = route({
  method: 'GET',
  path: '/appointments/{id}/calendar',
  area: 'Appointments',
  summary: 'An own appointment as a calendar file (RFC 5545).',
  who: ['patient', 'doctor'],
  params: IdParams,
  download: ['text/calendar'],
  replies: { 200: null },
  errors: appointmentErrors,
});

const Reason = Prose(1000, 'I have to travel that day.');

export const moveAppointment = route({
  method: 'POST',
  path: '/appointments/{id}/move',
  area: 'Appointments',
  summary:
    'Move to another free slot: a patient some times and until `changeableUntil`, a doctor with a reason until it begins.',
  who: ['patient', 'doctor'],
  params: IdParams,
  body: Shape({ startsAt: Time, reason: Type.Optional(Reason) }),
  replies: { 200: Appointment },
  errors: [
    ...appointmentErrors,
    'invalid-transition',
    'slot-taken',
    'slot-unavailable',
    'change-window-closed',
    'too-many-moves',
  ],
});

export const cancelAppointment = route({
  method: 'POST',
  path: '/appointments/{id}/cancel',
  area: 'Appointments',
  summary: 'Cancel, and with it the request: a patient until `changeableUntil`, a doctor with a reason until it ends.',
  who: ['patient', 'doctor'],
  params: IdParams,
  body: Shape({ reason: Type.Optional(Reason) }),
  replies: { 200: Appointment },
  errors: [...appointmentErrors, 'invalid-transition', 'change-window-closed'],
});

export const markNoShow = route({
  method: 'POST',
  path: '/appointments/{id}/no-show',
  area: 'Appointments',
  summary: 'The patient did not come: some minutes after the start at the earliest. It ends the request.',
  who: ['doctor'],
  params: IdParams,
  replies: { 200: Appointment },
  errors: [...appointmentErrors, 'invalid-transition'],
});
