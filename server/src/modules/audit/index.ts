export { auditAbout } from './about.ts';
export { audit } from './record.ts';
