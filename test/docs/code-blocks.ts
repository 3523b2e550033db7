import {PAGES, read} from './pages.js';

/** A piece of code in a page. */
export interface CodeBlock {
  /** Where it stands: `README.md:12`. */
  readonly place: string;
  /** Its file name: as the page says, ```` ```ts file=cron.ts ````, or one that tells its place. */
  readonly file: string;
  readonly code: string;
  /** The line on which the code begins, from 1. */
  readonly line: number;
  /** Whether the page promises that it runs as it stands: ```` ```ts run ````. */
  readonly isRun: boolean;
  /** Whether it is for the decorators of before the standard: ```` ```ts experimentalDecorators ````. */
  readonly hasLegacyDecorators: boolean;
}

const FENCE = /^```(?<language>ts|js|cjs)(?<info>[^\n]*)\n(?<code>[\s\S]*?)^```$/gm;

/** All TypeScript and JavaScript in the pages. */
export const codeBlocks: readonly CodeBlock[] = PAGES.flatMap((page) => blocksOf(page));

function blocksOf(page: string): readonly CodeBlock[] {
  const text = read(page);
  return [...text.matchAll(FENCE)].map(({index, groups = {}}) => {
    const {language = '', info = '', code = ''} = groups;
    const line = text.slice(0, index).split('\n').length + 1;
    const words = info.split(' ');
    const file = words.find((word) => word.startsWith('file='))?.slice('file='.length);
    const name = page.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase();
    return {
      place: `${page}:${line}`,
      file: file ?? `${name}-${line}.${language}`,
      code,
      line,
      isRun: words.includes('run'),
      hasLegacyDecorators: words.includes('experimentalDecorators'),
    };
  });
}

/** What the comments behind the `console.log` of a block say that it prints, line by line. */
export const printedBy = ({code}: CodeBlock): readonly string[] =>
  [...code.matchAll(/^ *console\.log\(.*\);? \/\/ (?<line>.+)$/gm)].map(
    ({groups}) => groups?.['line'] ?? '',
  );
