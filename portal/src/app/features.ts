import { account } from '#features/account/feature.ts';
import { admin } from '#features/admin/feature.ts';
import { appointments } from '#features/appointments/feature.ts';
import { auth } from '#features/auth/feature.ts';
import { chat } from '#features/chat/feature.ts';
import { doctor } from '#features/doctor/feature.ts';
import { notices } from '#features/notices/feature.ts';
import { patient } from '#features/patient/feature.ts';
import type { Feature, NavEntry, PageRoute } from './feature.ts';

/** By the folder of each, in the order in which their routes are looked through. */
export const features = { auth, patient, doctor, appointments, admin, chat, notices, account } satisfies Record<
  string,
  Feature
>;

const all: readonly Feature[] = Object.values(features);

/** Every page there is. The build writes their paths down for the server, which answers these and no others. */
export const routes: readonly PageRoute[] = all.flatMap((feature) => feature.routes);

export const nav: readonly NavEntry[] = all
  .flatMap((feature) => feature.nav ?? [])
  .toSorted((one, other) => one.order - other.order);

export const homes: Feature['home'] = Object.assign({}, ...all.map((feature) => feature.home));
