declare module 'pg/lib/utils.js' {
  /** As `pg` writes a value for the wire. */
  export function prepareValue(value: unknown): unknown;
}
