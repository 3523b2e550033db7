import type {Happening, Player, PlayerState, View} from './scene.js';
import type {Line, Span, Tone} from '../text.js';
import {handOvers, type Turn} from './turn.js';
import {fenceParts, middleAndMost, msText} from './words.js';

/** What the board shows. */
export interface BoardState {
  readonly title: string;
  readonly setting: string;
  readonly view: View;
  /** What is happening now. */
  readonly caption: Line;
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly totalMs: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const LOOKS: Readonly<Record<PlayerState, readonly [word: string, tone: Tone]>> = {
  starting: ['starting', 'dim'],
  waiting: ['waiting', 'waiting'],
  holding: ['HOLDING', 'holder'],
  resting: ['resting', 'dim'],
  dead: ['dead', 'dead'],
};

// What stands to the left of the turns: mark, pid, state, fence, sections done, hand-over, space.
const LEFT = 3 + 9 + 10 + 18 + 5 + 11 + 2;

/** The whole picture as lines, newest things last; never higher than the terminal. */
export function board(state: BoardState, {columns, rows}: Size): readonly Line[] {
  const {title, setting, view, caption} = state;
  const width = Math.max(0, columns - LEFT - 1);
  const gap = ' '.repeat(Math.max(2, columns - title.length - setting.length - 2));
  const above: Line[] = [
    [[` ${title}`, 'title'], [gap], [setting, 'dim']],
    [[` ${'─'.repeat(Math.max(0, columns - 2))}`, 'dim']],
    [],
    [
      ['   process  state     fence               done  hand-over', 'dim'],
      [`  ${heading(width)}`, 'dim'],
    ],
    ...view.players.map((player) => playerLine(player, view, width)),
    [],
    [[' '], ...caption],
    [],
    numbers(view),
    progress(state, columns),
    [],
  ];
  const room = Math.max(0, rows - above.length);
  const tail = view.happenings.slice(-room).map((one) => happeningLine(one, state.startedAt));
  return [...above, ...tail].slice(0, rows);
}

/** One thing that happened, with the time since the start. */
export function happeningLine({at, text, isLoud}: Happening, startedAt: number): Line {
  const time = ((at - startedAt) / 1000).toFixed(2).padStart(6);
  return [[`${time} s `, 'dim'], isLoud ? [text, 'title'] : [text]];
}

/** Where the contention stands, in one line. */
export function numbers({players, turns, overlaps}: View): Line {
  const {released} = handOvers(turns);
  const waiting = players.filter(({state}) => state === 'waiting').length;
  return [
    [' turns ', 'dim'],
    [String(turns.length)],
    ['   waiting ', 'dim'],
    [String(waiting)],
    ['   hand-over ', 'dim'],
    [middleAndMost(released)],
    ['   overlaps ', 'dim'],
    [String(overlaps), overlaps === 0 ? 'good' : 'alarm'],
  ];
}

function heading(width: number): string {
  const long = 'who was inside, turn by turn →';
  return long.length <= width ? long : 'turn by turn →'.slice(0, width);
}

function playerLine(player: Player, {turns, holder}: View, width: number): Line {
  const [word, tone] = LOOKS[player.state];
  const isHolder = holder?.pid === player.pid;
  const handOver = player.handOverMs === undefined ? '' : msText(player.handOverMs);
  return [
    [isHolder ? ' ▶ ' : '   ', 'holder'],
    [String(player.pid).padEnd(9), isHolder ? 'holder' : 'plain'],
    [word.padEnd(10), tone],
    ...fenceSpans(player.fence, isHolder),
    [String(player.sections).padStart(5), isHolder ? 'holder' : 'plain'],
    [handOver.padStart(11)],
    ['  '],
    ...lastTurns(turns, width).map((turn) => cell(turn, player)),
  ];
}

const lastTurns = (turns: readonly Turn[], width: number): readonly Turn[] =>
  width === 0 ? [] : turns.slice(-width);

function fenceSpans(fence: number | undefined, isHolder: boolean): Span[] {
  if (fence === undefined) return [[' '.repeat(18)]];
  const [start, ending] = fenceParts(fence);
  const pad = ' '.repeat(Math.max(0, 18 - start.length - ending.length));
  return [[start, 'dim'], [ending, isHolder ? 'holder' : 'title'], [pad]];
}

/** One turn in a process's row. Its column is full in one row only: that is what the lock is for. */
function cell(turn: Turn, {pid, bornAt, diedAt = Infinity}: Player): Span {
  if (turn.pid === pid) {
    if (turn.wasKilled) return ['✗', 'dead'];
    return turn.endedAt === undefined ? ['█', 'holder'] : ['█', 'good'];
  }
  return turn.acquiredAt < bornAt || turn.acquiredAt > diedAt ? [' '] : ['·', 'dim'];
}

function progress({elapsedMs, totalMs}: BoardState, columns: number): Line {
  const nowMs = Math.min(elapsedMs, totalMs);
  const times = ` ${(nowMs / 1000).toFixed(1)} of ${Math.round(totalMs / 1000)} s`;
  const width = Math.max(0, columns - times.length - 2);
  const full = Math.round((nowMs / totalMs) * width);
  return [[' '], ['━'.repeat(full), 'good'], ['─'.repeat(width - full), 'dim'], [times, 'dim']];
}
