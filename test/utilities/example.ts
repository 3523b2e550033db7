import {expect} from 'chai';
import * as utilities from 'holdfast/utilities';
import type {SupportedClient} from 'holdfast/utilities';
import {createContext, runInContext} from 'node:vm';

/** A server that does a command as one types it. */
export interface Inspected {
  command(text: string): Promise<unknown>;
}

/** A number that is only known to lie between two others. */
class Between {
  readonly min: number;
  readonly max: number;

  constructor(min: number, max: number) {
    this.min = min;
    this.max = max;
  }
}

const context = createContext({between: (min: number, max: number) => new Between(min, max)});

/**
 * An example of a contract, line by line, with the client left out:
 *
 *     given  COMMAND                      a state before
 *     functionName(arguments)  ->  result       `a..b` is any number between; of an object the given members count
 *     functionName(arguments)  ->  throws RangeError (names ttlMs)
 *     functionName(arguments)  ->  throws ScriptError (code NOTINTEGER)
 *     then   COMMAND  =  reply
 */
export async function runExample(
  server: Inspected,
  client: SupportedClient,
  text: string,
): Promise<void> {
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line !== '') await runLine(server, client, line);
  }
}

async function runLine(server: Inspected, client: SupportedClient, line: string): Promise<void> {
  const [, state] = /^given +(.+)$/.exec(line) ?? [];
  if (state !== undefined) return void (await server.command(state));

  const [, query, reply] = /^then +(.+?) += +(.+)$/.exec(line) ?? [];
  if (query !== undefined) return compare(await server.command(query), valueOf(reply), line);

  const [, name = '', args, error, result] =
    /^(\w+)\((.*)\) +-> +(?:throws (.+)|(.+))$/.exec(line) ?? [];
  const call = Reflect.get(utilities, name) as (...all: unknown[]) => Promise<unknown>;
  const outcome = call(client, ...(valueOf(`[${args}]`) as unknown[]));
  if (error === undefined) compare(await outcome, valueOf(result), line);
  else
    expectError(
      await outcome.then(
        () => undefined,
        (reason: unknown) => reason,
      ),
      error,
    );
}

/** Reads a literal, with `a..b` for a number between. */
function valueOf(text = ''): unknown {
  return runInContext(`(${text.replaceAll(/(-?\d+)\.\.(-?\d+)/g, 'between($1, $2)')})`, context);
}

function compare(actual: unknown, wanted: unknown, line: string): void {
  if (wanted instanceof Between) {
    expect(actual, line).to.be.a('number').within(wanted.min, wanted.max);
  } else if (typeof wanted === 'object' && wanted !== null) {
    expect(actual, line).to.be.an(Array.isArray(wanted) ? 'array' : 'object');
    for (const [name, value] of Object.entries(wanted)) {
      compare(Reflect.get(actual as object, name), value, line);
    }
    if (Array.isArray(wanted)) expect(actual, line).to.have.lengthOf(wanted.length);
  } else {
    expect(actual, line).to.equal(wanted);
  }
}

function expectError(error: unknown, wanted: string): void {
  const [, name, kind, detail = ''] = /^(\w+) \((names|code) (\w+)\)$/.exec(wanted) ?? [];
  expect(error).to.be.an.instanceOf(Error).with.property('name', name);
  if (kind === 'code') expect(error).to.have.property('code', detail);
  else expect((error as Error).message).to.match(new RegExp(`^\\w+: ${detail} must be `));
}
