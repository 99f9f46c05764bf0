import type { FastifyInstance } from 'fastify';
import type { Ctx } from './context.ts';
import type { Route } from './platform/http/route.ts';
import type { JobHandler, JobKind } from './platform/jobs/jobs.ts';

/** What a process can be. All in one by default; apart, each as often as wanted. */
export const roleNames = ['api', 'chat', 'worker'] as const;
export type RoleName = (typeof roleNames)[number];

/** What a role brings to its process. Each is loaded only where it runs. */
export type Role = {
  routes: readonly Route[];
  /** Mounted beside the routes: the chat's socket. @returns what ends it. */
  attach?(ctx: Ctx, app: FastifyInstance): Promise<() => Promise<void>>;
  jobs: readonly JobHandler<Ctx>[];
};

const registry: Record<RoleName, () => Promise<Role>> = {
  api: async () => {
    const [{ auditRoutes }, { identityRoutes }, { abuseRoutes }, { doctorRoutes }, { careRoutes }, { peopleRoutes }] =
      await Promise.all([
        import('./modules/audit/index.ts'),
        import('./modules/identity/index.ts'),
        import('./modules/abuse/index.ts'),
        import('./modules/doctors/index.ts'),
        import('./modules/care/index.ts'),
        import('./modules/people/index.ts'),
      ]);
    return {
      routes: [...identityRoutes, ...doctorRoutes, ...careRoutes, ...peopleRoutes, ...auditRoutes, ...abuseRoutes],
      jobs: [],
    };
  },
  chat: async () => {
    const { chatRoutes, checkDatabase, createChatGateway } = await import('./modules/chat/index.ts');
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

/** Every kind of job, for every role: whoever sends one needs its queue. */
export async function jobKinds(): Promise<JobKind<object>[]> {
  return (await allJobs()).map(({ kind }) => kind);
}

async function allJobs(): Promise<JobHandler<Ctx>[]> {
  const [
    { addressKeptMail, emailChangeMail, identityJobs, linkMail, newDeviceMail, noticeMail, recoveryCodeMail },
    { abuseJobs, abuseMail },
    { careNotice },
    { chatJobs },
    { peopleJobs },
    { mailWorker },
    { platformJobs },
  ] = await Promise.all([
    import('./modules/identity/index.ts'),
    import('./modules/abuse/index.ts'),
    import('./modules/care/index.ts'),
    import('./modules/chat/index.ts'),
    import('./modules/people/index.ts'),
    import('./platform/mail/send-mail.ts'),
    import('./platform/jobs/platform-jobs.ts'),
  ]);
  return [
    ...identityJobs,
    ...abuseJobs,
    ...chatJobs,
    ...peopleJobs,
    ...platformJobs,
    mailWorker([
      linkMail,
      noticeMail,
      emailChangeMail,
      addressKeptMail,
      newDeviceMail,
      recoveryCodeMail,
      abuseMail,
      careNotice,
    ]),
  ];
}
