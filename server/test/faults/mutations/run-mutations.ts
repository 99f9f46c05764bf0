export async function runMutations(..._args: unknown[]): Promise<number> { return 0; }
