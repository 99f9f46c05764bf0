/** When the next reminder of an appointment is due, or null: those whose time has passed are left out. */
export function nextReminder(leadsMinutes: readonly number[], startMs: number, nowMs: number): string | null {
  const due = leadsMinutes.map((lead) => startMs - lead * 60_000).filter((ms) => ms > nowMs);
  return due.length === 0 ? null : new Date(Math.min(...due)).toISOString();
}
