import type { CallOptions } from './routes.ts';

type List = (
  input: never,
  options?: CallOptions,
) => Promise<{ readonly items: readonly unknown[]; readonly nextCursor: string | null }>;

type InputOf<L extends List> = NonNullable<Parameters<L>[0]>;
type ItemOf<L extends List> = Awaited<ReturnType<L>>['items'][number];

/**
 * Every item of a list, page by page, fetched as they are used:
 * `for await (const doctor of each(openward.listDoctors, { specialty: 'cardiology' })) …`
 * @throws OpenwardError as the list's own call does.
 */
export async function* each<L extends List>(
  list: L,
  input: InputOf<L>,
  options: CallOptions = {},
): AsyncGenerator<ItemOf<L>, void, undefined> {
  let next: object = input;
  for (;;) {
    const { items, nextCursor } = await list(next as never, options);
    yield* items as ItemOf<L>[];
    if (nextCursor === null) return;
    next = { ...(input as object), cursor: nextCursor };
  }
}
