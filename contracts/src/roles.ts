/** The three roles. One account has exactly one. */
export const roles = ['patient', 'doctor', 'admin'] as const;
export type Role = (typeof roles)[number];
