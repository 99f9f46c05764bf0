import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A peer that a computer has only if somebody installed it. */
export type Guest = { name: string; command: readonly string[]; isInstalled(): boolean; install: string };

const placeOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** That of Debian's packages: another Python before it in the PATH knows none of them. */
const python = '/usr/bin/python3';

export const fastApi: Guest = {
  name: 'FastAPI + SQLAlchemy',
  command: [python, placeOf('fast-api.py')],
  isInstalled: () => spawnSync(python, ['-c', 'import fastapi, sqlalchemy, asyncpg, uvicorn']).status === 0,
  install: 'apt-get install python3-fastapi python3-sqlalchemy python3-asyncpg uvicorn',
};

/** Has dependencies of its own, which nobody else is to install. */
export const socketIo: Guest = {
  name: 'Socket.IO + Redis + INSERT',
  command: [process.execPath, placeOf('socket-io/main.mjs')],
  isInstalled: () => existsSync(placeOf('socket-io/node_modules/socket.io')),
  install: 'npm ci --prefix bench/peers/socket-io',
};

/** Says who is missing and how to get it. @returns whether it is there. */
export function isHere({ name, isInstalled, install }: Guest): boolean {
  if (isInstalled()) return true;
  process.stdout.write(`${name} is left out: it is not installed. ${install}\n`);
  return false;
}
