// All benchmarks, one after the other, and their report; see options.ts.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

import {optionsOf} from './options.js';
import {installPeers} from './peers.js';
import {resultPath} from './reporting/pages.js';
import {scenarioOf, scenarios} from './scenarios/catalogue.js';

const PROGRAM = fileURLToPath(new URL('run-scenario.js', import.meta.url));
const REPORT = fileURLToPath(new URL('report.js', import.meta.url));
// One that hangs is not to keep the others from their turn.
const LIMIT_MS = 6 * 60_000;

async function run(program: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    stdio: 'inherit',
    timeout: LIMIT_MS,
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== null) process.stderr.write(`${args[0] ?? program} was ended by ${signal}\n`);
  return code === 0;
}

const args = process.argv.slice(2);
const {only, isInstalling, isPartial} = optionsOf(args);
const chosen = only?.map(scenarioOf) ?? scenarios;
if (isInstalling) await installPeers();
for (const {name} of chosen) {
  // A process for each, so that none inherits another's heap or compiled code.
  const isDone = await run(PROGRAM, [name, ...args, '--into', resultPath(name)]);
  if (!isDone) process.exitCode = 1;
  process.stdout.write('\n');
}
if (!isPartial && !(await run(REPORT, []))) process.exitCode = 1;
