import { createServer } from 'node:http';
import { hash, verify } from '@node-rs/bcrypt';

// The least that a login can be: POST compares one password with its hash, at the cost of the product. GET is a trivial route.

const stored = await hash('seven quiet otters 42', { cost: Number(process.env['BENCH_COST']) });

const server = createServer(async ({ method }, response) => {
  const isRight = method === 'GET' || (await verify('seven quiet otters 42', stored));
  response.writeHead(isRight ? 200 : 401, { 'content-length': 0 });
  response.end();
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ url: `ws://127.0.0.1:${port}` })}\n`);
});
