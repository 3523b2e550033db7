import {PassThrough} from 'node:stream';

import type {Context} from '#internal/cli/context.js';
import type {Output} from '#internal/cli/output.js';

/** Surroundings that remember what was written, and a person who types. */
export interface FakeContext extends Context {
  readonly stdin: PassThrough & {isTTY?: boolean};
  readonly said: {stdout: string; stderr: string};
}

export function fakeContext(
  env: Readonly<NodeJS.ProcessEnv> = {},
  {isTTY = false}: {readonly isTTY?: boolean} = {},
): FakeContext {
  const said = {stdout: '', stderr: ''};
  const output = (name: keyof typeof said): Output => ({
    write: (text) => (said[name] += text),
    isTTY,
    columns: 80,
  });
  return {
    stdin: Object.assign(new PassThrough(), {isTTY}),
    stdout: output('stdout'),
    stderr: output('stderr'),
    env,
    said,
  };
}
