import { useEffect, useState } from 'react';

const tickMs = 20_000;

/** The time, often enough for „5 minutes ago“ to be true. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, []);
  return now;
}
