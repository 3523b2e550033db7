import {GenericContainer, ImageName, Wait, getContainerRuntimeClient} from 'testcontainers';
import {OwnServer} from './own-server.js';
import {readyLine} from './redis-process.js';
import type {Place, RedisProcess} from './redis-process.js';
import type {RedisSource} from './redis-source.js';

type Engine = Awaited<ReturnType<typeof getContainerRuntimeClient>>;

/** Servers in containers, or why there are none. */
export async function dockerSource(image: string): Promise<RedisSource | string> {
  let engine: Engine;
  try {
    engine = await getContainerRuntimeClient();
  } catch {
    return 'no container engine answers';
  }
  try {
    await engine.image.pull(ImageName.fromString(image));
  } catch (error) {
    return `no image ${image}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return {
    name: `Docker, ${image}`,
    canFault: true,
    start: (options = {}) =>
      OwnServer.start((args, place) => launchContainer(engine, image, args, place), {
        ...options,
        args: ['--enable-debug-command', 'yes', ...(options.args ?? [])],
      }),
  };
}

// The host's own network: ports are the same inside and outside, so that a server comes back on
// its port, and the nodes of a cluster and the sentinels find each other.
async function launchContainer(
  engine: Engine,
  image: string,
  args: readonly string[],
  {dir}: Place,
): Promise<RedisProcess> {
  const started = await new GenericContainer(image)
    .withCommand([...args])
    .withNetworkMode('host')
    .withBindMounts([{source: dir, target: dir}])
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withAutoRemove(true)
    .withWaitStrategy(Wait.forLogMessage(readyLine))
    .start();
  const container = engine.container.getById(started.getId());
  const exited = container.wait({condition: 'removed'}).then(
    () => undefined,
    () => undefined,
  );
  return {
    pid: undefined,
    exited,
    async signal(name) {
      await container.kill({signal: name});
    },
  };
}
