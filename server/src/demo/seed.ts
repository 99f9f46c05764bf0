import { sql } from 'drizzle-orm';
import type { Jobs } from '#platform/jobs/jobs.ts';
import { sendMailJob } from '#platform/mail/send-mail.ts';
import { settleLeaseJob, syncRoomJob } from '#server/modules/care/index.ts';
import { tellAwayJob } from '#server/modules/chat/index.ts';
import { mailTogetherJob } from '#server/modules/notices/index.ts';
import { banUser } from '#server/modules/people/index.ts';
import { type Ctx, createContext, type Platform } from '../context.ts';
import { banReason } from './data/phrases.ts';
import { correctOne, handInLicence, offerOne } from './finish-record.ts';
import { isEmpty } from './is-empty.ts';
import { demoPassword } from './logins.ts';
import { type Actors, makePeople } from './make-people.ts';
import { type Cast, planPeople } from './plan-people.ts';
import { type PlannedRequest, planRequests } from './plan-requests.ts';
import { playAppointments } from './play-appointments.ts';
import { playRequest } from './play-request.ts';
import { createRandom } from './random.ts';

const seed = 20_261_122;
const progressEvery = 50;
const banMinutes = 3 * 24 * 60;

/** What happens in the demo. Without chance and without a clock: always the same. */
export function planDemo(): { cast: Cast; requests: PlannedRequest[] } {
  const random = createRandom(seed);
  const cast = planPeople(random);
  return { cast, requests: planRequests(random, cast) };
}

/**
 * Fills an empty database with people, requests and conversations, all of it by the use cases. In one transaction on each
 * database, the main one committed last: a fill that is killed leaves the main database empty, and the next start fills it.
 * Does nothing where there are accounts, or where another process is filling.
 */
export async function seedDemoData(platform: Platform, onProgress: (message: string) => void): Promise<void> {
  const passwordHash = await platform.passwords.hash(demoPassword);
  const ctx = createContext({ ...platform, jobs: withoutErrands(platform.jobs) });
  await ctx.tx(async (ctx) => {
    if (!(await takeLock(ctx)) || (await isEmpty(ctx)) !== 'empty') return;
    const { cast, requests } = planDemo();
    const actors = await makePeople(ctx, cast, passwordHash, onProgress);
    const booked = await playAppointments(ctx, actors, cast);
    onProgress(`  hours of ${cast.doctors.length} doctors, ${booked} appointments`);
    // Not open before there is something to say: a transaction that waits for long is ended by its server.
    await ctx.chatTx((ctx) => fill(ctx, { cast, requests, actors, onProgress }));
  });
}

type Demo = { cast: Cast; requests: PlannedRequest[]; actors: Actors; onProgress: (message: string) => void };

async function fill(ctx: Ctx, { cast, requests, actors, onProgress }: Demo): Promise<void> {
  for (const [index, request] of requests.entries()) {
    await playRequest(ctx, actors, request);
    const played = index + 1;
    if (played % progressEvery === 0 || played === requests.length)
      onProgress(`  ${played} of ${requests.length} requests`);
  }
  const culprit = cast.patients.at(-1);
  if (culprit === undefined) throw new Error('The demo has no patients.');
  await banUser(ctx.as(actors.admin), {
    id: actors.of(culprit).accountId,
    reason: banReason,
    durationMinutes: banMinutes,
  });
  const corrected = requests.find(({ patient, fate }) => patient === cast.patients[0] && fate.end === 'closed');
  if (corrected !== undefined) await correctOne(ctx, actors, corrected);
  const offered = requests.find(({ patient, fate }) => patient === cast.patients[0] && fate.end === 'accepted');
  if (offered !== undefined && offered.fate.end === 'accepted') {
    const { by } = offered.fate;
    const colleague = cast.doctors.find((doctor) => doctor !== by && doctor.specialty === by.specialty);
    if (colleague !== undefined) await offerOne(ctx, actors, offered, colleague);
  }
  await handInLicence(ctx.as(actors.of(cast.pendingDoctor)), cast.pendingDoctor);
  const conversations = requests.filter(({ talk }) => talk.length > 0).length;
  onProgress(`  ${conversations} conversations, one ban`);
}

/** Two nodes may start on the same empty database: one fills. */
async function takeLock(ctx: Ctx): Promise<boolean> {
  const { rows } = await ctx.db.execute<{ taken: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(hashtext('openward.demo-data')) AS taken`,
  );
  return rows[0]?.taken === true;
}

/** Jobs that the demo has no use for: mails to people who are not there, and rooms and leases, which it brings in line by itself. */
function withoutErrands(jobs: Jobs): Jobs {
  const errands = new Set<string>([
    sendMailJob.name,
    syncRoomJob.name,
    settleLeaseJob.name,
    tellAwayJob.name,
    mailTogetherJob.name,
  ]);
  return {
    ...jobs,
    send: async (tx, kind, payload, options) => {
      if (!errands.has(kind.name)) await jobs.send(tx, kind, payload, options);
    },
    sendSoon: (kind, payload, options) => {
      if (!errands.has(kind.name)) jobs.sendSoon(kind, payload, options);
    },
  };
}
