import { benchIdle } from './idle.ts';
import { benchMessages, scenarios } from './messages.ts';
import { benchNodes } from './nodes.ts';
import { benchResume } from './resume.ts';
import { inSetting } from './setting.ts';
import { databases, prepare, type Setting } from './world.ts';

/** Every scenario by its name. Each has databases of its own, so that none inherits the rows of another. */
const benches: Record<string, (rounds: number) => Promise<void>> = {
  ...Object.fromEntries(
    Object.entries(scenarios).map(([name, scenario]) => [
      name,
      inOneSetting((setting, rounds) => benchMessages(name, scenario, setting, rounds)),
    ]),
  ),
  C2: inOneSetting(benchIdle),
  C3: inOneSetting(benchResume),
  N1: benchNodes,
};

export const chatBenches = Object.keys(benches);

/** Runs scenarios one after the other. Each prints what came out of it and the ratios. */
export async function benchChat(names: string[], rounds: number): Promise<void> {
  for (const name of names) {
    const bench = benches[name];
    if (bench === undefined) throw new Error(`There is no scenario ${name}: ${chatBenches.join(', ')}.`);
    await bench(rounds);
  }
}

function inOneSetting(run: (setting: Setting, rounds: number) => Promise<void>) {
  return (rounds: number) =>
    inSetting(databases, async (folder, postgres) => run(await prepare(folder, postgres), rounds));
}
