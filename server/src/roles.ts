import type { FastifyInstance } from 'fastify';
import type { Ctx } from './context.ts';
import type { Route } from './platform/http/route.ts';
import type { JobHandler, JobKind } from './platform/jobs/jobs.ts';

/** What a process can be. All in one by default; apart, each as often as wanted. */
export const roleNames = ['api', 'chat', 'worker'] as const;
export type RoleName = (typeof roleNames)[number];

/** What a role brings to its process. Each is loaded only where it runs: hence the side doors `routes.ts`, `jobs.ts` and `socket/gateway.ts`. */
export type Role = {
  routes: readonly Route[];
  /** Mounted beside the routes: the chat's socket. @returns what ends it. */
  attach?(ctx: Ctx, app: FastifyInstance): Promise<() => Promise<void>>;
  jobs: readonly JobHandler<Ctx>[];
};

const registry: Record<RoleName, () => Promise<Role>> = {
  api: async () => {
    const modules = await Promise.all([
      import('./modules/identity/routes.ts').then(({ identityRoutes }) => identityRoutes),
      import('./modules/notices/routes.ts').then(({ noticeRoutes }) => noticeRoutes),
      import('./modules/doctors/routes.ts').then(({ doctorRoutes }) => doctorRoutes),
      careRoutesWithRooms(),
      import('./modules/appointments/routes.ts').then(({ appointmentRoutes }) => appointmentRoutes),
      import('./modules/people/routes.ts').then(({ peopleRoutes }) => peopleRoutes),
      import('./modules/audit/routes.ts').then(({ auditRoutes }) => auditRoutes),
      import('./modules/abuse/routes.ts').then(({ abuseRoutes }) => abuseRoutes),
    ]);
    return { routes: modules.flat(), jobs: [] };
  },
  chat: async () => {
    const [{ chatRoutes }, { checkDatabase }, { createChatGateway }] = await Promise.all([
      import('./modules/chat/routes.ts'),
      import('./modules/chat/index.ts'),
      import('./modules/chat/socket/gateway.ts'),
    ]);
    return {
      routes: chatRoutes,
      attach: async (ctx, app) => {
        await checkDatabase(ctx);
        const gateway = createChatGateway(ctx, app);
        return () => gateway.close();
      },
      jobs: [],
    };
  },
  worker: async () => ({ routes: [], jobs: await allJobs() }),
};

async function careRoutesWithRooms(): Promise<Route[]> {
  const [{ careRoutes }, { withRooms }] = await Promise.all([
    import('./modules/care/routes.ts'),
    import('./modules/chat/index.ts'),
  ]);
  return withRooms(careRoutes);
}

export function loadRole(name: RoleName): Promise<Role> {
  return registry[name]();
}

/** Every kind of job there is. */
export async function jobKinds(): Promise<JobKind<object>[]> {
  return (await allJobs()).map(({ kind }) => kind);
}

async function allJobs(): Promise<JobHandler<Ctx>[]> {
  const [doctors, identity, abuse, notices, care, appointments, chat, people, platform, mails, { mailWorker }] =
    await Promise.all([
      import('./modules/doctors/jobs.ts'),
      import('./modules/identity/jobs.ts'),
      import('./modules/abuse/jobs.ts'),
      import('./modules/notices/jobs.ts'),
      import('./modules/care/jobs.ts'),
      import('./modules/appointments/jobs.ts'),
      import('./modules/chat/jobs.ts'),
      import('./modules/people/jobs.ts'),
      import('./platform/jobs/platform-jobs.ts'),
      allMails(),
      import('./platform/mail/send-mail.ts'),
    ]);
  return [
    ...doctors.doctorJobs,
    ...identity.identityJobs,
    ...abuse.abuseJobs,
    ...notices.noticeJobs,
    ...care.careJobs,
    ...appointments.appointmentJobs,
    ...chat.chatJobs,
    ...people.peopleJobs,
    ...platform.platformJobs,
    mailWorker(mails),
  ];
}

async function allMails() {
  const [identity, { abuseMail }, { notificationMail, togetherMail }, care, { appointmentMail }] = await Promise.all([
    import('./modules/identity/index.ts'),
    import('./modules/abuse/index.ts'),
    import('./modules/notices/index.ts'),
    import('./modules/care/index.ts'),
    import('./modules/appointments/index.ts'),
  ]);
  const { addressKeptMail, appealMail, approvalMail, emailChangeMail, linkMail, newDeviceMail, noticeMail } = identity;
  return [
    linkMail,
    noticeMail,
    approvalMail,
    emailChangeMail,
    addressKeptMail,
    appealMail,
    newDeviceMail,
    identity.recoveryCodeMail,
    abuseMail,
    notificationMail,
    togetherMail,
    care.careNotice,
    appointmentMail,
  ] as const;
}
