import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { pickPort } from '../src/platform/database/embedded/postmaster.ts';
import { Cleanup } from './faults/cluster/cleanup.ts';
import { nodeEnvironment } from './faults/cluster/cluster.ts';
import { ClusterNode } from './faults/cluster/node.ts';
import type { TestServer } from './harness.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const cleanup = new Cleanup();

type NodeOptions = { roles?: string; environment?: Record<string, string>; program?: string; port?: number };

export type TestNodes = {
  /** Opens a node as a process of its own, behind a proxy to each database, and does not start it. */
  open(options?: NodeOptions): Promise<ClusterNode>;
  stop(): Promise<void>;
};

/** Nodes as processes on the databases and keys of a test's server, whose people have sessions at them too. */
export async function openTestNodes({ urls, mailbox }: Pick<TestServer, 'urls' | 'mailbox'>): Promise<TestNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'openward-nodes-'));
  const shared = { ...nodeEnvironment(folder, mailbox.url), KEYS_DIR: inject('keysDir') };
  const nodes: ClusterNode[] = [];
  return {
    open: async ({ environment, ...more } = {}) => {
      const node = await ClusterNode.open({
        ...{ name: `node-${nodes.length + 1}`, port: await pickPort(), program, cleanup, ...more },
        environment: { ...shared, ...environment },
        targets: { ...urls, redis: null },
        onExit: () => {},
      });
      nodes.push(node);
      return node;
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
