import type {Holder, LockInfo, NodeInfo} from '../index.js';
import {printable} from './printable.js';
import {timeText} from './times.js';

/** Who holds something, in a few words: `"nightly" (process 4711 on web-1)`. */
export function holderText({holder, token}: Pick<LockInfo, 'holder' | 'token'>): string {
  const {label, pid, host} = holder ?? {};
  const place = [pid === undefined ? '' : `process ${pid}`, host === undefined ? '' : `on ${host}`];
  const where = place.filter((part) => part !== '').join(' ');
  if (label !== undefined) return printable(`"${label}"${where === '' ? '' : ` (${where})`}`);
  if (where !== '') return printable(where);
  return token === undefined
    ? 'nobody'
    : printable(`a holder that does not say who it is (${token})`);
}

/** For how long it has been held, by the holder's clock. */
export const ageText = ({acquiredAt}: Holder, now: number): string =>
  acquiredAt === undefined ? '' : timeText(Math.max(0, now - acquiredAt.getTime()));

/** All that is known of a lock, a line for each thing. */
export function lockText(info: LockInfo, now: number): string {
  const {resource, isHeld, holder, fence, remainingMs, waiters, value, nodes} = info;
  const name = printable(resource);
  const strays = nodes.filter((node) => isStray(node, info)).map(nodeRow);
  if (!isHeld) return rowsText(`Nobody holds "${name}"`, [...waiting(waiters), ...strays]);
  const since = holder?.acquiredAt;
  return rowsText(`"${name}" is held by ${holderText(info)}`, [
    ...(since === undefined || holder === undefined
      ? []
      : [['since', `${since.toISOString()}, for ${ageText(holder, now)}`] as const]),
    [
      'ends',
      remainingMs === Infinity
        ? 'never by itself'
        : `in ${timeText(remainingMs)} unless it is extended`,
    ],
    ...(fence === undefined ? [] : [['fence', String(fence)] as const]),
    ...(value === undefined ? [] : [['value', printable(value)] as const]),
    ...waiting(waiters),
    ...strays,
  ]);
}

type Row = readonly [name: string, text: string];

const waiting = (waiters = 0): readonly Row[] =>
  waiters === 0 ? [] : [['waiting', `${waiters} ${waiters === 1 ? 'locker' : 'lockers'}`]];

/** Whether a node does not say what the others say. */
const isStray = ({token, error}: NodeInfo, info: LockInfo): boolean =>
  error !== undefined || token !== info.token;

function nodeRow(node: NodeInfo): Row {
  const {cause} = node.error ?? {};
  const trouble = cause instanceof Error ? cause.message : node.error?.message;
  return [`node ${node.node}`, trouble === undefined ? holderText(node) : printable(trouble)];
}

const rowsText = (title: string, rows: readonly Row[]): string =>
  [title, ...rows.map(([name, text]) => `  ${name.padEnd(9)}${text}`), ''].join('\n');
