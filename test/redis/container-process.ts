import {readFile} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import {GenericContainer, Wait} from 'testcontainers';
import type {ContainerRuntimeClient} from 'testcontainers';
import {readyLine, startError} from './redis-process.js';
import type {Launch} from './redis-process.js';

export type Engine = ContainerRuntimeClient;

type Container = ReturnType<Engine['container']['getById']>;

/** Runs the server in a container of this image, whose entry point is to be Redis. */
export function launchContainer(engine: Engine, image: string): Launch {
  return async (args, {dir, port, onSpawn}) => {
    const container = engine.container.getById(await start(image, args, dir));
    const pid = await pidOf(container, port);
    onSpawn(pid);
    return {
      pid,
      async signal(name) {
        await container.kill({signal: name});
      },
      async kill() {
        await unlessGone(container.remove({force: true, v: true}));
      },
    };
  };
}

async function start(image: string, args: readonly string[], dir: string): Promise<string> {
  let log = '';
  const container = new GenericContainer(image)
    .withCommand([...args])
    // The host's network: a port is the same inside and outside, so that a server comes back
    // on its own, and the nodes of a cluster and the sentinels find each other.
    .withNetworkMode('host')
    .withBindMounts([{source: dir, target: dir}])
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withWaitStrategy(Wait.forLogMessage(readyLine))
    .withLogConsumer((stream: Readable) => {
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
    });
  try {
    const started = await container.start();
    return started.getId();
  } catch (cause) {
    throw log === '' ? cause : startError(log);
  }
}

// The engine may know the process by another number than this machine does.
async function pidOf(container: Container, port: number): Promise<number | undefined> {
  const {State} = await container.inspect();
  const commandLine = await readFile(`/proc/${State.Pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(String(port)) ? State.Pid : undefined;
}

async function unlessGone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    const {statusCode} = error as {statusCode?: number};
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
