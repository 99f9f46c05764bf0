/** How often what others change is asked for again, while the page is seen. In one place, until the server tells by itself. */
const liveMs = 5_000;

/** For a query about something that others change: asked for again while it is seen, and at once when the page is looked at again. */
export const live = {
  refetchInterval: liveMs,
  refetchIntervalInBackground: false,
  refetchOnWindowFocus: 'always',
  refetchOnReconnect: 'always',
} as const;
