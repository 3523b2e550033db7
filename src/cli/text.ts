/** What a piece of text means; how that looks is the terminal's business. */
export type Tone = 'plain' | 'title' | 'dim' | 'holder' | 'waiting' | 'dead' | 'alarm' | 'good';

/** A piece of a line. */
export type Span = readonly [text: string, tone?: Tone];

export type Line = readonly Span[];

/** Gives a text its tone. */
export type Paint = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Tone, string>> = {
  plain: '0',
  title: '1',
  dim: '2',
  holder: '1;32',
  waiting: '33',
  dead: '31',
  alarm: '1;37;41',
  good: '32',
};

/** With the colours of a terminal. */
export const colours: Paint = (tone, text) => `\u001B[${CODES[tone]}m${text}\u001B[0m`;

/** With no codes at all. */
export const noColours: Paint = (_tone, text) => text;

/** The line as text, cut off where the terminal ends. */
export function toText(line: Line, columns: number, paint: Paint): string {
  let left = columns;
  let text = '';
  for (const [span, tone = 'plain'] of line) {
    const part = span.slice(0, left);
    left -= part.length;
    if (part !== '') text += tone === 'plain' ? part : paint(tone, part);
  }
  return text;
}
