import * as abuse from './abuse.ts';
import * as accounts from './accounts.ts';
import * as admin from './admin.ts';
import * as appeals from './appeals.ts';
import * as appointments from './appointments.ts';
import * as approvals from './approvals.ts';
import * as auth from './auth.ts';
import * as care from './care.ts';
import * as chat from './chat.ts';
import * as doctors from './doctors.ts';
import * as factors from './factors.ts';
import * as notices from './notices.ts';
import * as passkeys from './passkeys.ts';
import * as record from './record.ts';
import * as reports from './reports.ts';
import type { Contract } from './route.ts';
import * as transfers from './transfers.ts';

export * from './abuse.ts';
export * from './accounts.ts';
export * from './admin.ts';
export * from './appeals.ts';
export * from './appointments.ts';
export * from './approvals.ts';
export * from './auth.ts';
export * from './care.ts';
export * from './chat.ts';
export * from './doctors.ts';
export * from './factors.ts';
export * from './languages.ts';
export * from './notices.ts';
export * from './passkeys.ts';
export * from './problems.ts';
export * from './realtime.ts';
export * from './record.ts';
export * from './reports.ts';
export * from './roles.ts';
export * from './route.ts';
export * from './specialties.ts';
export * from './transfers.ts';
export * from './waiting.ts';

export const basePath = '/api/v1';

function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'method' in value && 'replies' in value && 'who' in value;
}

/** Every route, by name. The client, the API page and the guards are made from this. */
export const routes: ReadonlyMap<string, Contract> = new Map(
  [
    auth,
    factors,
    passkeys,
    accounts,
    doctors,
    approvals,
    care,
    transfers,
    record,
    appointments,
    chat,
    notices,
    admin,
    appeals,
    reports,
    abuse,
  ].flatMap((area) =>
    Object.entries(area).flatMap(([name, value]): [string, Contract][] => (isContract(value) ? [[name, value]] : [])),
  ),
);
