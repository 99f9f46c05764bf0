import type { Contract, ReplyOf } from '@openward/contracts';
import { compileValidator } from '../http/validation.ts';
import type { CopyPolicy } from './policy.ts';

/** Copies of one kind of thing: how they are kept, and what they look like. */
export type CopyKind<P, T> = {
  readonly policy: CopyPolicy<P>;
  /** Whether a value is of the shape; says that it is a `T`. */
  fits(value: unknown): value is T;
};

/** What a public route answers with, kept by a policy: its reply schema is also what a copy out of Redis has to pass. */
export function copiesOf<P, C extends Contract>(policy: CopyPolicy<P>, contract: C): CopyKind<P, ReplyOf<C>> {
  const schema = contract.replies[200];
  if (contract.who !== policy.audience || schema === undefined || schema === null)
    throw new Error(
      `${contract.method} ${contract.path} is not for anyone, or answers nothing: it has no place in a cache.`,
    );
  const validate = compileValidator(schema, 'body');
  return { policy, fits: (value): value is ReplyOf<C> => validate(value) };
}
