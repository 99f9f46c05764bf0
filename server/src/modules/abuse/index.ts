export { abuseCasesAbout } from './cases.ts';
export { findRingJob } from './find-ring.ts';
export { createGuard } from './guard.ts';
export { abuseJobs } from './jobs.ts';
export { abuseMail } from './mail-admins.ts';
export { abuseRoutes } from './routes.ts';
