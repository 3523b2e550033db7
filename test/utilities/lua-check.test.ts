import {expect} from 'chai';
import {spawnSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const check = fileURLToPath(new URL('../../../lua/check.mjs', import.meta.url));

const header = (...lines: string[]): string =>
  ['-- Do something.', '--', ...lines.map((line) => `-- ${line}`), '-- Returns  1', ''].join('\n');
const oneKey = header('KEYS[1]  a key', 'ARGV[1]  a value');
const get = "redis.call('GET', KEYS[1])\n";

const good: Record<string, string> = {
  plain: `${oneKey}${get}return ARGV[1]`,
  ranges: `${header(
    'KEYS[1..n]     keys',
    'KEYS[n+1..2n]  more keys',
    'ARGV[1]        a value',
    'ARGV[4..n+3]   more values',
  )}local n = #KEYS / 2
for i = 1, n do redis.call('SET', KEYS[i], ARGV[i + 3]) redis.call('DEL', KEYS[n + i]) end
return ARGV[1]`,
  'all keys': `${header('KEYS[1..n]  keys')}for _, key in ipairs(KEYS) do redis.call('GET', key) end return 1`,
  'no keys': `${header()}return redis.call('TIME')`,
  locals: `${header()}local f = function(x) x = 1 return {x = x} end
local t = f(2)
t.x = 3
return t.x`,
};

const bad: Record<string, [text: string, fault: string]> = {
  syntax: [`${oneKey}return )`, 'does not compile'],
  'newer Lua': [`${oneKey}goto done ::done:: return 7 // 2`, 'does not compile'],
  'global set': [`${oneKey}${get}count = ARGV[1]`, 'line 7 sets the global count'],
  'global function': [`${oneKey}${get}function f() end return ARGV[1]`, 'sets the global f'],
  'global changed': [`${oneKey}${get}string.x = ARGV[1]`, 'sets the global string'],
  'keys changed': [`${oneKey}${get}KEYS[1] = ARGV[1]`, 'sets the global KEYS'],
  'global read': [`${oneKey}${get}return os.time() + ARGV[1]`, 'reads the global os'],
  random: [`${oneKey}${get}return math.random(ARGV[1])`, 'uses math.random'],
  'key of a value': [
    `${oneKey}${get}return redis.call('GET', ARGV[1])`,
    'sends GET with a key that is not from KEYS',
  ],
  'key made up': [
    `${oneKey}${get}return redis.pcall('DEL', 'x:' .. ARGV[1])`,
    'sends DEL with a key that is not from KEYS',
  ],
  'unknown command': [`${oneKey}${get}return redis.call('EVAL', ARGV[1])`, 'sends EVAL, whose key'],
  'computed command': [`${oneKey}${get}return redis.call(ARGV[1])`, 'sends a computed command'],
  'key not declared': [
    `${oneKey}${get}return redis.call('GET', KEYS[2]) .. ARGV[1]`,
    'uses KEYS[2]',
  ],
  'key not used': [`${header('KEYS[1]  a key')}return 1`, 'declares KEYS[1]'],
  'value not declared': [`${oneKey}${get}return ARGV[1] + ARGV[2]`, 'uses ARGV[2]'],
  'value not used': [`${oneKey}return ${get}`, 'declares ARGV[1]'],
  'range not declared': [`${oneKey}${get}return {ARGV[1], unpack(ARGV)}`, 'uses ARGV[a range]'],
  'range not used': [`${header('ARGV[1..n]  values')}return 1`, 'declares ARGV[0n+1]'],
  'range off by one': [
    `${header('ARGV[2..n+1]  values')}local n, t = 3, {} for i = 1, n do t[i] = ARGV[i] end return t`,
    'uses ARGV[0n+1]',
  ],
  'no header': ['return 1', 'does not begin by saying what it does'],
  'no result': ['-- Do something.\nreturn 1', 'does not say in its header what it returns'],
};

describe('the check of the Lua scripts', () => {
  let faults: string;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-lua-'));
    const texts = [...Object.entries(good), ...Object.entries(bad).map(([n, [t]]) => [n, t])];
    for (const [name, text = ''] of texts) await writeFile(join(folder, `${name}.lua`), text);
    const {stderr, status} = spawnSync(process.execPath, [check, folder], {encoding: 'utf8'});
    await rm(folder, {recursive: true});
    expect(status).to.equal(1);
    faults = stderr;
  });

  const faultsOf = (name: string): string[] =>
    faults.split('\n').filter((line) => line.startsWith(`${name}.lua: `));

  for (const name of Object.keys(good)) {
    it(`is content with ${name}`, () => {
      expect(faultsOf(name)).to.deep.equal([]);
    });
  }

  for (const [name, [, fault]] of Object.entries(bad)) {
    it(`finds: ${name}`, () => {
      expect(faultsOf(name).join('\n')).to.include(fault);
    });
  }

  it('is content with the scripts of the library', () => {
    const {stderr, status} = spawnSync(process.execPath, [check], {encoding: 'utf8'});

    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});
