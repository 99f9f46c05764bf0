export async function writeSummary(..._args: unknown[]): Promise<void> {}
