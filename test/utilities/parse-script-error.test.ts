import {expect} from 'chai';
import {parseScriptError} from 'holdfast/utilities';
import {onEachServer} from './servers.js';

const sha = '01b0d9b43c55cff1896cc7cd557b8c1ac3a7c537';
const redis6 = `ERR Error running script (call to f_${sha}): @user_script:`;

const texts: Record<string, [text: string, parsed: object | null]> = {
  'an error of a command, Redis 7 and later': [
    `ERR value is not an integer or out of range script: ${sha}, on @user_script:6.`,
    {code: 'ERR', message: 'value is not an integer or out of range', sha, line: 6},
  ],
  'an error of a command, Redis 6': [
    `${redis6}6: ERR value is not an integer or out of range`,
    {code: 'ERR', message: 'value is not an integer or out of range', sha, line: 6},
  ],
  'out of memory, Redis 6': [
    `${redis6}2: @user_script: 2: -OOM command not allowed when used memory > 'maxmemory'.`,
    {code: 'OOM', message: "command not allowed when used memory > 'maxmemory'.", sha, line: 2},
  ],
  'an error of Lua, Redis 6': [
    `${redis6}3: user_script:3: attempt to compare nil with number`,
    {code: 'ERR', message: 'attempt to compare nil with number', sha, line: 3},
  ],
  'an undeclared global, Redis 6': [
    `ERR Error running script (call to f_${sha}): @enable_strict_lua:15: user_script:1: Script attempted to access nonexistent global variable 'x'`,
    {
      code: 'ERR',
      message: "Script attempted to access nonexistent global variable 'x'",
      sha,
      line: 1,
    },
  ],
  'an error of Lua, Valkey 9': [
    'ERR user_script:11: attempt to compare nil with number script: on @user_script:11.',
    {code: 'ERR', message: 'attempt to compare nil with number', line: 11},
  ],
  'a wrong type, Valkey 9': [
    'WRONGTYPE Operation against a key script: on @user_script:1.',
    {code: 'WRONGTYPE', message: 'Operation against a key', line: 1},
  ],
  'wrapping without a code': [
    `something went wrong script: ${sha}, on @user_script:1.`,
    {code: 'ERR', message: 'something went wrong', sha, line: 1},
  ],
  'text that looks like wrapping inside': [
    `OOPS script: on @user_script:1. script: ${sha}, on @user_script:2.`,
    {code: 'OOPS', message: 'script: on @user_script:1.', sha, line: 2},
  ],
  'several lines': ['OOPS one\ntwo', {code: 'OOPS', message: 'one\ntwo'}],
  'a reply of a script': [
    'OVERFLOW the result is outside the safe integer range',
    {code: 'OVERFLOW', message: 'the result is outside the safe integer range'},
  ],
  'a code with digits': ['A1_ x', {code: 'A1_', message: 'x'}],
  'a socket that closed': ['Socket closed unexpectedly', null],
  'a client that is closed': ['Connection is closed.', null],
  'a reset connection': ['read ECONNRESET', null],
  'a code with nothing behind it': ['ECONNRESET', null],
  'a code with only a space behind it': ['ECONNRESET ', null],
  'a word that is too short': ['OK then', null],
  'a word that starts with a digit': ['1ABC then', null],
  nothing: ['', null],
};

describe('parseScriptError', () => {
  for (const [name, [text, parsed]] of Object.entries(texts)) {
    it(`reads ${name}`, () => {
      expect(parseScriptError(text)).to.deep.equal(parsed);
    });
  }

  /** Scripts that fail, and what is read from the error of a real server. */
  const failing: Record<string, object> = {
    'local x = 1\nreturn redis.call("INCR", KEYS[1])': {
      code: 'WRONGTYPE',
      message: 'Operation against a key holding the wrong kind of value',
      line: 2,
    },
    'return redis.call("GET", KEYS[1])': {code: 'WRONGTYPE', line: 1},
    'return nil + 1': {
      code: 'ERR',
      message: 'attempt to perform arithmetic on a nil value',
      line: 1,
    },
    '\n\nerror("OOPS three lines down")': {code: 'OOPS', message: 'three lines down', line: 3},
    'error({err = "OOPS thrown"})': {code: 'OOPS', message: 'thrown'},
    'return redis.error_reply("OOPS given back")': {code: 'OOPS', message: 'given back'},
    'return redis.pcall("GET", KEYS[1])': {code: 'WRONGTYPE'},
    'return undeclared': {
      code: 'ERR',
      message: "Script attempted to access nonexistent global variable 'undeclared'",
      line: 1,
    },
  };

  onEachServer((server) => {
    for (const [script, parsed] of Object.entries(failing)) {
      it(`reads the error of ${JSON.stringify(script)}`, async () => {
        await server.redis.rpush('list', 'a');

        const error: unknown = await server.redis
          .eval(script, 1, 'list')
          .catch((reason: unknown) => reason);

        expect(parseScriptError((error as Error).message)).to.include(parsed);
      });
    }
  });
});
