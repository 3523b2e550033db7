import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';

const SCENARIOS = ['uncontended'];

// A process for each, so that none inherits another's heap or compiled code.
for (const scenario of SCENARIOS) {
  const program = fileURLToPath(new URL(`${scenario}.js`, import.meta.url));
  const args = [...process.execArgv, program, ...process.argv.slice(2)];
  const [code] = await once(spawn(process.execPath, args, {stdio: 'inherit'}), 'exit');
  if (code !== 0) process.exitCode = 1;
  process.stdout.write('\n');
}
