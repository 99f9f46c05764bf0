/** The embedded database can't be started or kept. The message is one line, written for whoever runs the server. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}
