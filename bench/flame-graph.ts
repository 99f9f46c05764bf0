import { readFileSync, writeFileSync } from 'node:fs';

// node bench/flame-graph.ts PROFILE.cpuprofile PICTURE.svg [the last so many seconds]
//
// Draws a CPU profile (BENCH_PROFILE writes them): the wider a box, the more CPU it and what stands on it took. What a library does is
// one box with its name, however many functions it takes; ours are by function and file.

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
};

type Kind = 'ours' | 'library' | 'node' | 'engine';
type Box = { label: string; kind: Kind; us: number; above: Map<string, Box> };

const width = 1200;
const row = 17;
/** Narrower ones are left out. */
const leastShare = 0.004;
const colours: Record<Kind, string> = { ours: '#7fc8a9', library: '#f2b872', node: '#a9c1e0', engine: '#d5b3d8' };
const meanings: Record<Kind, string> = { ours: 'Openward', library: 'libraries', node: 'Node', engine: 'V8, system' };

const [from, to, seconds = '4'] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  process.stderr.write('node bench/flame-graph.ts PROFILE.cpuprofile PICTURE.svg [the last so many seconds]\n');
  process.exit(1);
}
const ground = grow(JSON.parse(readFileSync(from, 'utf8')), Number(seconds) * 1_000_000);
writeFileSync(to, draw(ground));

/** Stacks that begin alike stand on the same box. */
function grow({ nodes, samples, timeDeltas }: Profile, lastUs: number): Box {
  const stacks = stacksOf(nodes);
  const busy = samples.flatMap((id, at) => (stacks.has(id) ? [{ id, us: timeDeltas[at] ?? 0 }] : []));
  const usual = busy.map(({ us }) => us).toSorted((a, b) => a - b)[Math.floor(busy.length / 2)] ?? 0;
  const ground: Box = { label: 'all', kind: 'engine', us: 0, above: new Map() };
  for (const { id, us } of busy.toReversed()) {
    // What took much longer than others was another process's turn.
    const weight = Math.min(us, 2 * usual);
    if (ground.us > lastUs) break;
    ground.us += weight;
    let box = ground;
    for (const { label, kind } of stacks.get(id) ?? []) {
      const next = box.above.get(label) ?? { label, kind, us: 0, above: new Map() };
      next.us += weight;
      box.above.set(label, next);
      box = next;
    }
  }
  return ground;
}

type Frame = Pick<Box, 'label' | 'kind'>;

/** Of each place in the code the stack, without the idle ones: what follows on itself is one. */
function stacksOf(nodes: Profile['nodes']): Map<number, Frame[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const stacks = new Map<number, Frame[]>();
  const walk = (id: number, below: Frame[]): void => {
    const node = byId.get(id);
    if (node === undefined || node.callFrame.functionName === '(idle)') return;
    const frame = frameOf(node.callFrame);
    const stack = frame === null || frame.label === below.at(-1)?.label ? below : [...below, frame];
    stacks.set(id, stack);
    for (const child of node.children ?? []) walk(child, stack);
  };
  const [root] = nodes;
  if (root !== undefined) walk(root.id, []);
  return stacks;
}

function frameOf({ functionName, url }: { functionName: string; url: string }): Frame | null {
  if (functionName === '(root)') return null;
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return { label: library, kind: 'library' };
  if (url.startsWith('node:')) return { label: url.replace('node:internal/', 'node:'), kind: 'node' };
  // Of compiled schemas and rows; some of Node's own have no name either.
  if (url === '')
    return {
      label: /^(anonymous\d*)?$/.test(functionName) ? 'compiled' : (functionName.split(':')[0] ?? ''),
      kind: 'engine',
    };
  const file = url.split('/').at(-1) ?? '';
  return { label: functionName === '' ? file : `${functionName} · ${file}`, kind: 'ours' };
}

function draw(ground: Box): string {
  const boxes: string[] = [];
  let highest = 0;
  const place = ({ above }: Box, x: number, level: number): void => {
    highest = Math.max(highest, level);
    let left = x;
    for (const box of [...above.values()].sort((one, other) => other.us - one.us)) {
      if (box.us / ground.us < leastShare) continue;
      boxes.push(drawBox(box, { left, level, share: box.us / ground.us }));
      place(box, left, level + 1);
      left += (box.us / ground.us) * width;
    }
  };
  place(ground, 0, 0);
  const height = (highest + 2) * row;
  const legend = Object.entries(meanings).map(
    ([kind, meaning], at) =>
      `<rect x="${4 + at * 110}" y="2" width="12" height="12" fill="${colours[kind as Kind]}"/><text x="${20 + at * 110}" y="12">${meaning}</text>`,
  );
  const turned = boxes.map((box) =>
    box.replaceAll(/@(\d+)/g, (_all, level) => String(height - (Number(level) + 1) * row)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>CPU by what it was spent on</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${[...legend, ...turned].join('\n')}
</svg>
`;
}

function drawBox({ label, kind }: Box, { left, level, share }: { left: number; level: number; share: number }): string {
  const wide = share * width;
  const fits = Math.floor((wide - 6) / 5.8);
  const text = label.length <= fits ? label : `${label.slice(0, Math.max(0, fits - 1))}…`;
  const title = `${label}: ${(share * 100).toFixed(1)} %`;
  return `<g transform="translate(${left.toFixed(1)} @${level})"><title>${escaped(title)}</title><rect width="${Math.max(0.5, wide - 0.5).toFixed(1)}" height="${row - 1}" fill="${colours[kind]}"/>${
    fits < 4 ? '' : `<text x="3" y="12">${escaped(text)}</text>`
  }</g>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
