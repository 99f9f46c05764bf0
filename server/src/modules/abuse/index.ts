export { abuseCasesAbout } from './cases.ts';
export { findRingJob } from './find-ring.ts';
export { createGuard } from './guard.ts';
export { abuseMail } from './mail-admins.ts';
