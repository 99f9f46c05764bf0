export { type AuditInput, audit } from './record.ts';
export { auditRoutes } from './routes.ts';
