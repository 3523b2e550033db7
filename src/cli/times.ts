const UNITS = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000} as const;

/** How a time is written on the command line. */
export const TIMES = '500ms, 10s, 1.5m, 2h';

/** The milliseconds of `500ms`, `10s`, `1.5m`, `2h` or `1d`; undefined when it is none of these. */
export function parseTime(text: string): number | undefined {
  const {amount, unit} = /^(?<amount>\d+(?:\.\d+)?)(?<unit>ms|[smhd])$/.exec(text)?.groups ?? {};
  if (amount === undefined || unit === undefined) return undefined;
  const factor = Object.entries(UNITS).find(([name]) => name === unit)?.[1] ?? Number.NaN;
  return Math.round(Number(amount) * factor);
}

/** A time as people say it, in two units at the most: `640 ms`, `7.2 s`, `3 m 12 s`, `2 h 5 m`, `9 d 1 h`. */
export function timeText(ms: number): string {
  if (ms === Infinity) return 'no end';
  if (ms < UNITS.s) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / UNITS.s).toFixed(1)} s`;
  const seconds = Math.round(ms / UNITS.s);
  if (seconds < 3600) return two(seconds, 60, 'm', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return two(minutes, 60, 'h', 'm');
  return two(Math.round(minutes / 60), 24, 'd', 'h');
}

function two(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  const whole = `${Math.floor(count / size)} ${large}`;
  return rest === 0 ? whole : `${whole} ${rest} ${small}`;
}
