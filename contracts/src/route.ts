import type { Static, TObject, TSchema } from 'typebox';
import type { ProblemCode } from './problems.ts';
import type { Role } from './roles.ts';

/** Who may call: anyone at all, anyone with a live session, or the roles named. */
export type Who = 'anyone' | 'logged-in' | readonly [Role, ...Role[]];

/** One route of the contract. `replies` maps each success status to its shape; null is a reply without a body. */
export type Contract = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base path, parameters in braces: `/requests/{id}/accept`. */
  readonly path: string;
  readonly area: 'Accounts' | 'Doctors' | 'Care' | 'Appointments' | 'Chat' | 'Admin';
  readonly summary: string;
  readonly who: Who;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TObject;
  /** The body is a file of one of these types, as it is: no JSON, no form. What describes it is in the query. */
  readonly upload?: { readonly types: readonly string[]; readonly maxBytes: number };
  /** A login without cookies: the header Openward-Device says which device it comes from. */
  readonly device?: true;
  /** What is answered is a file of one of these types. */
  readonly download?: readonly string[];
  readonly replies: { readonly [status: number]: TSchema | null };
  /** Codes that this route adds to those that every route of its kind may answer. */
  readonly errors: readonly ProblemCode[];
};

/** Keeps the literal types of a contract, so that input and reply types can be derived from it. */
export function route<const C extends Contract>(contract: C): C {
  return contract;
}

type Member<C extends Contract, K extends 'params' | 'query' | 'body'> = C[K] extends TObject ? Static<C[K]> : unknown;

type Flat<T> = { [K in keyof T]: T[K] };

/** What a use case is handed: parameters, query and body as one flat object. */
export type InputOf<C extends Contract> = Flat<Member<C, 'params'> & Member<C, 'query'> & Member<C, 'body'>>;

type ReplyBody<S> = S extends TSchema ? Static<S> : undefined;

/** The union of a route's success bodies (`undefined` for one without a body). */
export type ReplyOf<C extends Contract> = { [S in keyof C['replies']]: ReplyBody<C['replies'][S]> }[keyof C['replies']];
