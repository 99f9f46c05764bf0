import { acceptTransfer, type Contract, closeRequest, releaseRequest } from '@openward/contracts';
import type { Route } from '#platform/http/route.ts';
import { syncRoomsNow } from './sync-rooms-now.ts';

/** After these nothing is written in the room of a request, or somebody is out of it. */
const leaving: ReadonlySet<Contract> = new Set<Contract>([closeRequest, releaseRequest, acceptTransfer]);

/**
 * The routes of care, those that end something with what follows in the chat: from the answer on the room is as its request says, not only once
 * the job has run. Here, since care knows nothing of rooms.
 */
export function withRooms(routes: readonly Route[]): Route[] {
  return routes.map((route) => (leaving.has(route.contract) ? followed(route) : route));
}

function followed(route: Route): Route {
  return {
    ...route,
    run: async (ctx, input, http) => {
      const answer = await route.run(ctx, input, http);
      const { id } = input as { id: string };
      await ctx.afterTx((ctx) => syncRoomsNow(ctx, [id]));
      return answer;
    },
  };
}
