import { eventually } from '../../eventually.ts';
import { type Api, createApi } from '../../http.ts';
import type { Mailbox } from '../../mailbox.ts';

/** Somebody with an account. Sessions are made for each round. */
export type Person = { accountId: string; email: string; role: 'patient' | 'doctor' | 'admin' };

/** A session of somebody: its token, and the API as they may call it. */
export type Session = { accountId: string; token: string; api: Api };

const password = 'seven quiet otters 42';
const specialty = 'cardiology';
/** A matter of a second or two, where nothing else happens on the machine. */
const patienceMs = 120_000;

/** Where people are made: by a command beside the nodes, over HTTP at the first of them, with mails. */
export type Town = {
  doors: readonly { url: string }[];
  mailbox: Mailbox;
  command(...args: string[]): Promise<string>;
};

/** The people of all rounds, by what they do in them. Made by the admin, over HTTP, with the mails that this takes. */
export type People = Record<PersonName, Person>;
const cast = {
  ana: 'patient',
  ben: 'patient',
  dora: 'doctor',
  emil: 'doctor',
  /** Leaves a room in the middle of the round. */
  lena: 'doctor',
  /** Comes after Lena. */
  nora: 'doctor',
  /** Is banned in the middle of the round. */
  bela: 'doctor',
  /** Is in no room of the others, and tries. */
  eve: 'patient',
} as const;
type PersonName = keyof typeof cast | 'admin';

/** @param group sets these people apart from those of another group, who have the same names. */
export async function createPeople(cluster: Town, group: string): Promise<People> {
  const [node] = cluster.doors;
  if (node === undefined) throw new Error('There is no door.');
  const email = `admin.${group}@example.org`;
  const said = await cluster.command('admin', 'create', '--email', email, '--name', 'Ada Admin');
  const token = /#token=(\S+)/.exec(said)?.[1];
  const nobody = createApi(node.url);
  await expectStatus(204, nobody('POST', '/auth/reset-password', { token, newPassword: password }));
  const admin: Person = { accountId: '', email, role: 'admin' };
  const session = await logIn(admin, node.url);
  admin.accountId = session.accountId;
  const made = Object.entries(cast).map(async ([name, role]) => {
    return [name, await createPerson(cluster, session, `${name}.${group}`, role)] as const;
  });
  return { ...(Object.fromEntries(await Promise.all(made)) as Record<keyof typeof cast, Person>), admin };
}

/** An account with a password, made by the admin. */
export async function createPerson(
  { mailbox, doors }: Town,
  admin: Session,
  name: string,
  role: 'patient' | 'doctor',
): Promise<Person> {
  const email = `${name}@example.org`;
  const nobody = createApi(doors[0]?.url ?? '');
  const address = { country: 'Portugal', city: 'Porto' };
  const more = role === 'doctor' ? { specialty, licenseNumber: 'L-1', address } : {};
  const user = { email, fullName: `The ${name}`, role, ...more };
  const { id } = await expectStatus(201, admin.api('POST', '/admin/users', user));
  const mail = await mailbox.waitFor(email, '');
  const reset = { token: mailbox.tokenIn(mail), newPassword: password };
  await expectStatus(204, nobody('POST', '/auth/reset-password', reset));
  return { accountId: id, email, role };
}

export async function logIn({ email }: Person, url: string): Promise<Session> {
  const body = await expectStatus(200, createApi(url)('POST', '/auth/tokens', { email, password }));
  const token: string = body.accessToken;
  return { accountId: body.account.id, token, api: createApi(url, { authorization: `Bearer ${token}` }) };
}

/** A request of the patient that the doctor has accepted. @returns its id, which is that of the room, once the room is open. */
export async function openRoom(patient: Session, doctor: Session): Promise<string> {
  const request = { doctorId: doctor.accountId, complaint: 'A pain in the knee since Monday.', urgency: 'routine' };
  const { id } = await expectStatus(201, patient.api('POST', '/requests', request));
  await acceptRequest(doctor, id);
  return id;
}

/** Accepts, and waits for the room to be open with this doctor in it. */
export async function acceptRequest(doctor: Session, requestId: string): Promise<void> {
  await eventually(
    'the request is accepted',
    async () => {
      // After a lost answer the second accept is 200 as well: one has it already.
      const { status } = await doctor.api('POST', `/requests/${requestId}/accept`).catch(() => ({ status: 0 }));
      return status === 200;
    },
    patienceMs,
  );
  await eventually('the room is open', () => roomIs(doctor, requestId, 'open'), patienceMs);
}

export async function roomIs(
  { api }: Session,
  roomId: string,
  status: 'open' | 'closed',
): Promise<{ lastSeq: number } | null> {
  const reply = await api('GET', `/rooms/${roomId}`).catch(() => null);
  return reply?.status === 200 && reply.body.status === status ? reply.body : null;
}

// biome-ignore lint/suspicious/noExplicitAny: the caller reads members that the contract names
async function expectStatus(status: number, call: ReturnType<Api>): Promise<any> {
  const answer = await call;
  if (answer.status !== status)
    throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
