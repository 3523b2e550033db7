import {expect} from 'chai';
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';

const run = promisify(execFile);
const scenario = fileURLToPath(new URL('../benchmarks/uncontended.js', import.meta.url));

describe('the benchmark of uncontended locking', function () {
  this.timeout(60_000);

  it('has a row for each number of nodes and of sections in flight', async () => {
    const {stdout} = await run(process.execPath, [scenario, '--quick']);

    const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
    const cases = rows.filter(([nodes]) => /^\d$/.test(nodes ?? ''));
    expect(cases.map(([nodes, inFlight]) => `${nodes} ${inFlight}`)).to.deep.equal(
      [1, 3, 5].flatMap((nodes) => [1, 64, 1000].map((inFlight) => `${nodes} ${inFlight}`)),
    );
    for (const cells of cases) expect(cells).to.have.length(12);
  });
});
