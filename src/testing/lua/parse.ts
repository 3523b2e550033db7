import {createRequire} from 'node:module';

import type {Chunk} from './ast.js';

interface Parser {
  parse(text: string, options: object): Chunk;
}

let parser: Parser | undefined;

/**
 * Reads the text of a script.
 *
 * @throws {Error} when the package luaparse is not installed, which is needed for this and nothing else.
 */
export function parse(text: string): Chunk {
  parser ??= load();
  return parser.parse(text, {
    luaVersion: '5.1',
    locations: true,
    comments: false,
    encodingMode: 'pseudo-latin1',
  });
}

function load(): Parser {
  try {
    const loaded: Parser = createRequire(import.meta.url)('luaparse');
    return loaded;
  } catch (error) {
    throw new Error(
      'holdfast/testing runs Lua scripts with the package "luaparse": npm install --save-dev luaparse',
      {cause: error},
    );
  }
}
