export { type AuditInput, audit } from './record.ts';
export { auditAbout } from './about.ts';
export { auditRoutes } from './routes.ts';
