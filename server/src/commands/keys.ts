import type { Config } from '../config.ts';
import { generateKeys, listKeys, rotateKeys } from '../platform/crypto/key-ring.ts';
import { KeysError } from '../platform/crypto/key-store.ts';
import { generatePushKey } from '../platform/crypto/push-key.ts';

/** `keys generate`, `keys rotate`, `keys list`. @throws Error for anything else, or when KEYS_DIR does not allow it. */
export async function keys({ keysDir: dir }: Config, act: string | undefined): Promise<void> {
  const entries = await run(act, dir);
  for (const { kid, kind, createdAt, retiredAt } of entries) {
    process.stdout.write(
      `${kind.padEnd(10)}  ${kid}  made ${createdAt}  ${retiredAt === null ? 'current' : `retired ${retiredAt}`}\n`,
    );
  }
  if (act === 'rotate')
    process.stdout.write(
      'Running nodes use the new keys within a minute; tokens of the old ones stay good for 31 days.\n',
    );
}

function run(act: string | undefined, dir: string) {
  switch (act) {
    case 'generate':
      return generateMissing(dir);
    case 'rotate':
      return rotateKeys({ dir });
    case 'list':
      return listKeys({ dir });
    default:
      throw new Error('Say keys generate, keys rotate or keys list.');
  }
}

/** An installation from before there was a push key gets that one alone. @throws KeysError `exists` when nothing is missing. */
async function generateMissing(dir: string) {
  try {
    const entries = await generateKeys({ dir });
    await generatePushKey(dir);
    return entries;
  } catch (error) {
    if (!(error instanceof KeysError && error.reason === 'exists')) throw error;
    if (!(await generatePushKey(dir))) throw error;
    process.stdout.write('Made push.pem, for pushes to browsers; the other keys were there. Restart the nodes.\n');
    return listKeys({ dir });
  }
}
