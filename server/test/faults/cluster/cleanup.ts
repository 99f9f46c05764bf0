/**
 * What has to be undone however the harness ends: at its end, at Ctrl-C, at an error that nobody caught. Newest first. Each is
 * synchronous, since the last of them run while the process exits.
 */
export class Cleanup {
  readonly #acts: (() => void)[] = [];

  constructor() {
    process.once('exit', () => this.run());
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(name, () => {
        process.stderr.write(`\n${name}: stopping what was started.\n`);
        process.exit(name === 'SIGINT' ? 130 : 143);
      });
    }
  }

  /** @returns takes it off again, once it has been done in the ordinary way. */
  add(act: () => void): () => void {
    this.#acts.push(act);
    return () => {
      const index = this.#acts.indexOf(act);
      if (index !== -1) this.#acts.splice(index, 1);
    };
  }

  run(): void {
    for (const act of this.#acts.splice(0).reverse()) {
      try {
        act();
      } catch (error) {
        process.stderr.write(`A clean-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }
}
