import * as faults from './faults.js';
import type {Fault} from './faults.js';

/** Faults that are injected into one run, one after the other, by chance. */
export interface Scenario {
  readonly name: string;
  readonly text: string;
  readonly faults: readonly Fault[];
  /** @defaultValue 3 */
  readonly nodes?: number;
  /** What the guarantees assume, and this breaks: two holders are possible then, but fences are still in order. */
  readonly breaks?: string;
  /** Whether counters are lost at once: fences of one time step may be out of order then. */
  readonly forgetsCounters?: boolean;
}

const WITHIN: readonly Scenario[] = [
  {name: 'calm', text: 'no fault', faults: [faults.calm]},
  {name: 'jitter', text: 'each message 0–8 ms late', faults: [faults.jitter]},
  {name: 'slow', text: 'one node, or one client’s network, is slow', faults: [faults.slow]},
  {name: 'node-paused', text: 'one node stands still', faults: [faults.pauseNodes(1)]},
  {name: 'nodes-paused', text: 'two nodes of three stand still', faults: [faults.pauseNodes(2)]},
  {name: 'node-cut', text: 'one node cannot be reached', faults: [faults.cutNode]},
  {
    name: 'client-cut',
    text: 'the holder loses a majority, the others do not',
    faults: [faults.cutClient],
  },
  {
    name: 'messages-lost',
    text: 'requests or replies get lost, then the connection',
    faults: [faults.dropMessages],
  },
  {
    name: 'node-restarted-late',
    text: 'a node is killed, and back without data after 1.5 ttl',
    faults: [faults.restartLate],
  },
  {
    name: 'one-of-four-forgets',
    text: 'one node of four is flushed',
    faults: [faults.flushNodes(1, 'the first')],
    nodes: 4,
  },
  {name: 'scripts-flushed', text: '`SCRIPT FLUSH` on every node', faults: [faults.flushScripts]},
  {name: 'node-read-only', text: 'a node answers READONLY', faults: [faults.makeReadOnly]},
  {name: 'node-full', text: 'a node answers OOM', faults: [faults.fillMemory]},
  {
    name: 'client-frozen',
    text: 'the holder is stopped (SIGSTOP) for 1.2–2.2 ttl',
    faults: [faults.freezeClient],
  },
  {
    name: 'loop-blocked',
    text: 'the holder’s event loop is blocked for 1.2–2.2 ttl',
    faults: [faults.blockLoop],
  },
  {name: 'client-killed', text: 'the holder is killed', faults: [faults.killClient]},
  {name: 'client-clock', text: 'the holder’s time of day is set', faults: [faults.stepClient]},
];

const BREAKING: readonly Scenario[] = [
  {
    name: 'node-restarted',
    text: 'a node is killed, and back at once without data',
    faults: [faults.restartAtOnce],
    breaks: 'a quorum forgets',
    forgetsCounters: true,
  },
  {
    name: 'node-flushed',
    text: 'one node of three is flushed',
    faults: [faults.flushNodes(1)],
    breaks: 'a quorum forgets',
    forgetsCounters: true,
  },
  {
    name: 'nodes-flushed',
    text: 'two nodes of three are flushed',
    faults: [faults.flushNodes(2)],
    breaks: 'a quorum forgets',
    forgetsCounters: true,
  },
  {
    name: 'keys-deleted',
    text: 'lock keys are deleted on two nodes of three',
    faults: [faults.deleteKeys],
    breaks: 'a quorum forgets',
  },
  {
    name: 'node-clock',
    text: 'the clock of one node is set forwards',
    faults: [faults.stepNodes(1)],
    breaks: 'clocks of nodes step',
  },
  {
    name: 'nodes-clock',
    text: 'the clocks of two nodes are set forwards',
    faults: [faults.stepNodes(2)],
    breaks: 'clocks of nodes step',
  },
];

/** All scenarios. `mixed` has every fault that the guarantees bear, in one run. */
export const SCENARIOS: readonly Scenario[] = [
  ...WITHIN,
  {
    name: 'mixed',
    text: 'all of these in turn, on three nodes',
    faults: WITHIN.filter(({nodes}) => nodes === undefined).flatMap((scenario) => scenario.faults),
  },
  {
    name: 'one-node',
    text: 'network and client faults, on a single node',
    nodes: 1,
    faults: [
      faults.slow,
      faults.pauseNodes(1),
      faults.cutClient,
      faults.dropMessages,
      faults.freezeClient,
      faults.blockLoop,
    ],
  },
  ...BREAKING,
];

export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name).join(', ');
  throw new RangeError(`Expected \`--scenario\` to be one of ${names}, got ${name}`);
}
