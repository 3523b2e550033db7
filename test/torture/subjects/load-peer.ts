import {createRequire} from 'node:module';

/** Another library, if it is installed. What it exports is for the caller to say. */
export function loadPeer(name: string): unknown {
  const require = createRequire(
    new URL('../../../../benchmarks/peers/package.json', import.meta.url),
  );
  try {
    return require(name);
  } catch (cause) {
    throw new Error(`To compare with ${name}: npm ci --prefix benchmarks/peers`, {cause});
  }
}
