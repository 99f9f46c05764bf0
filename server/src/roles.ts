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
    const [audit, identity, abuse, notices, doctors, care, people] = await Promise.all([
      import('./modules/audit/routes.ts'),
      import('./modules/identity/routes.ts'),
      import('./modules/abuse/routes.ts'),
      import('./modules/notices/routes.ts'),
      import('./modules/doctors/routes.ts'),
      import('./modules/care/routes.ts'),
      import('./modules/people/routes.ts'),
    ]);
    return {
      routes: [
        ...identity.identityRoutes,
        ...doctors.doctorRoutes,
        ...care.careRoutes,
        ...people.peopleRoutes,
        ...audit.auditRoutes,
        ...abuse.abuseRoutes,
        ...notices.noticeRoutes,
      ],
      jobs: [],
    };
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

export function loadRole(name: RoleName): Promise<Role> {
  return registry[name]();
}

/** Every kind of job there is. */
export async function jobKinds(): Promise<JobKind<object>[]> {
  return (await allJobs()).map(({ kind }) => kind);
}

async function allJobs(): Promise<JobHandler<Ctx>[]> {
  const [doctors, identity, abuse, notices, care, chat, people, platform, mails, { mailWorker }] = await Promise.all([
    import('./modules/doctors/jobs.ts'),
    import('./modules/identity/jobs.ts'),
    import('./modules/abuse/jobs.ts'),
    import('./modules/notices/jobs.ts'),
    import('./modules/care/jobs.ts'),
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
    ...chat.chatJobs,
    ...people.peopleJobs,
    ...platform.platformJobs,
    mailWorker(mails),
  ];
}

async function allMails() {
  const [identity, { abuseMail }, { notificationMail, togetherMail }, { careNotice, leaseEndedMail, waitingLongMail }] =
    await Promise.all([
      import('./modules/identity/index.ts'),
      import('./modules/abuse/index.ts'),
      import('./modules/notices/index.ts'),
      import('./modules/care/index.ts'),
    ]);
  const {
    addressKeptMail,
    appealMail,
    approvalMail,
    emailChangeMail,
    linkMail,
    newDeviceMail,
    noticeMail,
    recoveryCodeMail,
  } = identity;
  return [
    linkMail,
    noticeMail,
    approvalMail,
    emailChangeMail,
    addressKeptMail,
    appealMail,
    newDeviceMail,
    recoveryCodeMail,
    abuseMail,
    notificationMail,
    togetherMail,
    careNotice,
    leaseEndedMail,
    waitingLongMail,
  ] as const;
}
