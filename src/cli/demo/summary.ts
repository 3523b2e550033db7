import {isClean, type Verdict} from './referee.js';
import type {View} from './scene.js';
import type {Line, Tone} from '../text.js';
import {handOvers} from './turn.js';
import {middleAndMost, msText} from './words.js';

const OVERLAPS_NAMED = 5;

/** What is said at the end. */
export function summary({players, turns}: View, verdict: Verdict, ttlMs: number): readonly Line[] {
  const {released, killed} = handOvers(turns);
  const {fences, inversions, overlaps, completed, counted} = verdict;
  const takeOver = `${killed.map(msText).join(', ')} after SIGKILL of the holder, ttl ${msText(ttlMs)}`;
  const order = inversions === 0 ? 'yes' : `no, ${inversions} times not`;
  return [
    row('sections', `${completed} completed by ${players.length} processes`),
    row('hand-over', `${middleAndMost(released)}, from release to next acquisition`),
    row('take-over', killed.length === 0 ? 'none: no holder was killed' : takeOver),
    row('fences', `${fences.length}, strictly increasing: ${order}`, judged(inversions === 0)),
    row(
      'counter',
      `${counted} after ${completed} increments, none atomic`,
      judged(counted === completed),
    ),
    [[` overlaps: ${overlaps.length}`, judged(overlaps.length === 0)]],
    ...overlaps.slice(0, OVERLAPS_NAMED).map((overlap): Line => [[`   ${overlap}`, 'alarm']]),
    [],
    isClean(verdict)
      ? [[' At no time were two inside.', 'good']]
      : [[' The lock did not keep its promise.', 'alarm']],
  ];
}

const row = (name: string, text: string, tone: Tone = 'plain'): Line => [
  [` ${name.padEnd(11)}`, 'dim'],
  [text, tone],
];

const judged = (isGood: boolean): Tone => (isGood ? 'good' : 'alarm');
