import { Cluster } from 'ioredis';
import { gather } from '../gather.ts';
import type { RedisClient } from './open-client.ts';

/** A script holds Redis up; and while so many keys are on their way, the calls that came with them are read. */
const most = 16;

/** A script of one key: its key, and values, always as many. */
type Script = (key: string, ...values: string[]) => Promise<unknown>;

/** The script for many keys. What is wrong with a key is that key's answer; what is wrong with the server ends all. */
const forEach = (lua: string) => `
local function one(KEYS, ARGV)
${lua}
end
local width, answers = #ARGV / #KEYS, {}
for n = 1, #KEYS do
  local done, answer = pcall(one, { KEYS[n] }, { unpack(ARGV, (n - 1) * width + 1, n * width) })
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
  script(name: string, lua: string): Script;
} {
  const isCluster = client instanceof Cluster;
  return {
    read: isCluster ? (keys) => client.mget([...keys]) : gather((asked) => readAll(client, asked), most),
    script: (name, lua) => {
      client.defineCommand(name, { lua: forEach(lua) });
      const command: unknown = Reflect.get(client, name);
      if (typeof command !== 'function') throw new Error(`The script ${name} could not be defined.`);
      const runAll = async (asked: readonly string[][]) => {
        const words = [asked.length, ...asked.map(([key]) => key), ...asked.flatMap(([, ...values]) => values)];
        const answers: unknown[] = await Reflect.apply(command, client, words);
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
