import {randomInt} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:net';

// Below the ports which the system gives to outgoing connections: else one of those could take
// the port of a server that is down for a moment, or a client that reconnects to it could reach
// itself. The bus of a cluster node, 10 000 higher, fits too.
const firstPort = 15_000;
const lastPort = 32_000;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, lastPort);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
