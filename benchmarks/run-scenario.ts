// One scenario: node run-scenario.js <name> [options]; see options.ts.
import {Nodes} from './measuring/nodes.js';
import {catchStrayRejections} from './measuring/stray-rejections.js';
import {optionsOf} from './options.js';
import {cellsOf, headsOf} from './reporting/cells.js';
import {keep} from './reporting/keep.js';
import {machineLine, machineOf, type Machine} from './reporting/machine.js';
import type {Result} from './reporting/result.js';
import {table} from './reporting/text-table.js';
import {scenarioOf} from './scenarios/catalogue.js';
import type {Scenario} from './scenarios/scenario.js';

const [name = '', ...args] = process.argv.slice(2);
const options = optionsOf(args);

async function thisMachine(): Promise<Machine> {
  await using nodes = await Nodes.start(1);
  const [redis] = nodes.direct;
  if (redis === undefined) throw new Error('There is no node');
  return await machineOf(redis);
}

function toText(scenario: Scenario, {machine, rows}: Result): string {
  const cells = rows.map((row) => cellsOf(scenario, rows, row));
  return [
    scenario.title,
    machineLine(machine),
    'median (min–max) of the rounds, in which all take turns',
    '',
    table(headsOf(scenario), cells),
  ].join('\n');
}

catchStrayRejections();
const scenario = scenarioOf(name);
const machine = await thisMachine();
const rows = await scenario.measure(options);
const measuredOn = new Date().toISOString().slice(0, 10);
const result: Result = {scenario: name, machine, measuredOn, rows};
process.stdout.write(`${toText(scenario, result)}\n`);
if (options.into !== undefined) await keep(options.into, result);
// Some of those who failed may still be busy.
process.exit();
