import type { Ctx } from '../src/context.ts';

/** A ctx with other parts, for a test: a copy by `...` would leave its functions behind. */
export function withParts(ctx: Ctx, parts: Partial<Ctx>): Ctx {
  return Object.create(ctx, Object.getOwnPropertyDescriptors(parts)) as Ctx;
}
