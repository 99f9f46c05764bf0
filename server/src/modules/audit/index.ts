export { auditAbout } from './about.ts';
export { type Read, readsOf } from './reads-of.ts';
export { audit } from './record.ts';
