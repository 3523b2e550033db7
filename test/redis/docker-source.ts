import {ImageName, getContainerRuntimeClient} from 'testcontainers';
import {launchContainer} from './container-process.js';
import type {Engine} from './container-process.js';
import {OwnServer} from './own-server.js';
import {ping} from './ping.js';
import type {RedisSource} from './redis-source.js';

/** Servers in containers, or why there are none. */
export async function dockerSource(image: string): Promise<RedisSource | string> {
  const engine = await getContainerRuntimeClient().catch(() => undefined);
  if (engine === undefined) return 'no container engine answers';
  const source = sourceOf(engine, image);
  try {
    await engine.image.pull(ImageName.fromString(image));
    await tryOut(source);
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error);
  }
  return source;
}

function sourceOf(engine: Engine, image: string): RedisSource {
  const launch = launchContainer(engine, image);
  return {
    name: `Docker, ${image}`,
    canFault: true,
    start: (options = {}) =>
      OwnServer.start(launch, {
        ...options,
        args: ['--enable-debug-command', 'yes', ...(options.args ?? [])],
      }),
  };
}

// An engine may well run on another machine, or in one of its own.
async function tryOut(source: RedisSource): Promise<void> {
  await using server = await source.start();
  await ping(server.url);
}
