import { Cluster } from 'ioredis';
import { gather } from '../gather.ts';
import type { RedisClient } from './open-client.ts';

/** A script holds Redis up; and while so many keys are on their way, the calls that came with them are read. */
const most = 16;

/** A script of one key, or of some: its keys, and values, always as many of each. */
type Script = (...words: string[]) => Promise<unknown>;

/** The script for many who ask, with so many keys each. What is wrong with the keys of one is the answer to that one; what is wrong with the server ends all. */
const forEach = (lua: string, keys: number) => `
local function one(KEYS, ARGV)
${lua}
end
local count, answers = #KEYS / ${keys}, {}
local function share(words, n)
  local width = #words / count
  return { unpack(words, (n - 1) * width + 1, n * width) }
end
for n = 1, count do
  local done, answer = pcall(one, share(KEYS, n), share(ARGV, n))
  if not done then
    local reason = type(answer) == 'table' and answer.err or answer
    local own = reason:match('WRONGTYPE .*') or reason:match('ERR .*')
    if own == nil then return { err = reason } end
    answer = { err = own }
  end
  answers[n] = answer
end
return answers`;

/** What many calls ask of Redis in one turn goes as one command; of a cluster, whose keys lie apart, as one each. */
export function askTogether(client: RedisClient): {
  /** The values of some keys; null for what is not there, or is no text. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  script(name: string, lua: string, keys?: number): Script;
} {
  const isCluster = client instanceof Cluster;
  return {
    read: isCluster ? (keys) => client.mget([...keys]) : gather((asked) => readAll(client, asked), most),
    script: (name, lua, keys = 1) => {
      client.defineCommand(name, { lua: forEach(lua, keys) });
      const command: unknown = Reflect.get(client, name);
      if (typeof command !== 'function') throw new Error(`The script ${name} could not be defined.`);
      const runAll = async (asked: readonly string[][]) => {
        const named = asked.flatMap((words) => words.slice(0, keys));
        const values = asked.flatMap((words) => words.slice(keys));
        const answers: unknown[] = await Reflect.apply(command, client, [named.length, ...named, ...values]);
        return answers.map((answer, place) => blame(answer, asked[place]));
      };
      const run = gather(runAll, isCluster ? 1 : most);
      return (...words) => run(words);
    },
  };
}

async function readAll(client: RedisClient, asked: readonly (readonly string[])[]) {
  const values = await client.mget(asked.flat());
  return asked.map(({ length }) => values.splice(0, length));
}

/** An answer that is a refusal says what was asked, as that of a command of its own does. */
function blame(answer: unknown, words: readonly string[] | undefined): unknown {
  return answer instanceof Error ? Object.assign(answer, { command: { args: words } }) : answer;
}
