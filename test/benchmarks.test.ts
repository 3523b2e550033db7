import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = at('../benchmarks/run-scenario.js');
const REPORT = at('../benchmarks/report.js');
const PEERS = at('../../benchmarks/peers/node_modules');

const BY_HAND = ['EVALSHA by hand', 'pub/sub by hand', 'pub/sub alone', 'local mutex'];

/** The rows of a table that a scenario prints: what stands in the columns, from the subject on. */
async function rowsOf(scenario: string, subjects: readonly string[]): Promise<string[]> {
  const args = ['--expose-gc', PROGRAM, scenario, '--quick', '--subjects', subjects.join()];
  const {stdout} = await run(process.execPath, args);
  const [, body = ''] = stdout.split(/^─.*\n/m);
  return body.trimEnd().split('\n');
}

describe('the benchmarks', function () {
  this.timeout(120_000);

  for (const [scenario, settings] of [
    ['uncontended', 9],
    ['contended-in-one-process', 1],
    ['contended-across-processes', 1],
    ['wake-up', 1],
    ['held', 1],
    ['node-down', 3],
    ['election', 3],
  ] as const) {
    it(`measure ${scenario}`, async () => {
      const rows = await rowsOf(scenario, ['holdfast', ...BY_HAND]);

      expect(rows.filter((row) => row.includes('failed'))).to.deep.equal([]);
      expect(rows.filter((row) => row.includes(' holdfast '))).to.have.length(settings);
    });
  }

  it('measure every peer that is installed', async function () {
    if (!existsSync(PEERS)) this.skip();
    const peers = [
      'redlock 4',
      'redlock 5 beta',
      '@sesamecare-oss/redlock',
      'redis-semaphore',
      'redlock-universal',
    ];

    const rows = await rowsOf('wake-up', peers);

    expect(rows).to.have.length(peers.length);
    expect(rows.filter((row) => row.includes('failed'))).to.deep.equal([]);
  });

  it('have on their pages what their results say', async () => {
    const {stderr} = await run(process.execPath, [REPORT, '--check']);

    expect(stderr).to.equal('');
  });
});
