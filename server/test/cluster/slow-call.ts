import { request } from 'node:http';
import { connect } from 'node:net';
import { basePath } from '@openward/contracts';
import { eventually } from '../eventually.ts';

const patienceMs = 120_000;

type Given = { token: string; method: string; path: string; type: string; bytes: Buffer };

/** A call that a node has begun, and of which half is still to come. */
export type SlowCall = {
  /** Brings the rest. @returns the status, or why there was no answer */
  finish(): Promise<number | string>;
};

/** Straight at the node, as an upload over a slow line is. Resolves when the node has begun with it. */
export async function beginSlowly(url: string, { token, method, path, type, bytes }: Given): Promise<SlowCall> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': bytes.length };
  const call = request(url + basePath + path, {
    method,
    agent: false,
    headers: { ...headers, expect: '100-continue' },
  });
  const answer = new Promise<number | string>((resolve) => {
    call.once('response', (reply) => {
      reply.resume();
      reply.once('end', () => resolve(reply.statusCode ?? 0));
      reply.once('error', (error) => resolve(error.message));
    });
    call.once('error', (error) => resolve(error.message));
  });
  const begun = new Promise<boolean>((resolve) => void call.once('continue', () => resolve(true)));
  call.flushHeaders();
  const refused = await Promise.race([begun, answer]);
  if (refused !== true) throw new Error(`${method} ${path} was not begun: ${refused}`);
  const half = Math.ceil(bytes.length / 2);
  call.write(bytes.subarray(0, half));
  return {
    finish: () => {
      call.end(bytes.subarray(half));
      return answer;
    },
  };
}

/** Until the node takes no connection any more: its time to drain is over, and it waits for what it has. */
export async function isClosed(name: string, url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname);
      socket.once('connect', () => {
        socket.destroy();
        resolve(false);
      });
      socket.once('error', () => resolve(true));
    });
  await eventually(`${name} takes no more connections`, isRefused, patienceMs);
}
