import type {Call, Expression, Field, FunctionNode, Name, Statement, Target} from './ast.js';
import {STRINGS, textOf} from './library.js';
import {operand} from './numbers.js';
import {parse} from './parse.js';
import {isTrue, LuaError, LuaTable, typeOf, type LuaFunction, type LuaValue} from './values.js';

/** A script that can be run, again and again. */
export interface Compiled {
  /** Runs it with these globals. @throws {LuaError} */
  run(globals: LuaTable): readonly LuaValue[];
  /** The line that was reached last. */
  readonly line: number;
}

/** The variables of a block while it runs. */
interface Scope {
  readonly values: LuaValue[];
  readonly up: Scope | undefined;
  readonly globals: LuaTable;
  readonly varargs: readonly LuaValue[];
}

type Evaluate = (scope: Scope) => LuaValue;
type EvaluateAll = (scope: Scope) => readonly LuaValue[];
/** Gives what a `return` in it returns. */
type Execute = (scope: Scope) => readonly LuaValue[] | typeof BREAK | undefined;

const BREAK = Symbol('break');
const NOTHING: readonly LuaValue[] = [];

/** Makes functions of the tree of a Lua 5.1 script: once for a script, however often it runs. */
export function compile(text: string): Compiled {
  const compiler = new Compiler();
  const execute = compiler.block(parse(text).body, new Names(undefined));
  return {
    run(globals) {
      const result = execute({values: [], up: undefined, globals, varargs: NOTHING});
      return result === undefined || result === BREAK ? NOTHING : result;
    },
    get line() {
      return compiler.line;
    },
  };
}

/** The names that a block knows, and where their values will stand. */
class Names {
  readonly #up: Names | undefined;
  readonly #places = new Map<string, number>();
  #count = 0;

  constructor(up: Names | undefined) {
    this.#up = up;
  }

  declare(name: string): number {
    this.#places.set(name, this.#count);
    this.#count += 1;
    return this.#count - 1;
  }

  find(name: string): {depth: number; place: number} | undefined {
    const place = this.#places.get(name);
    if (place !== undefined) return {depth: 0, place};
    const found = this.#up?.find(name);
    return found && {depth: found.depth + 1, place: found.place};
  }
}

const inner = (up: Scope): Scope => ({values: [], up, globals: up.globals, varargs: up.varargs});

const scopeAt = (scope: Scope, depth: number): Scope => {
  let at = scope;
  for (let step = 0; step < depth && at.up !== undefined; step += 1) at = at.up;
  return at;
};

class Compiler {
  line = 0;

  /** The statements run in the scope that they are given. */
  block(body: readonly Statement[], names: Names): Execute {
    const steps = body.map((statement) => this.#statement(statement, names));
    const lines = body.map(({loc}) => loc.start.line);
    return (scope) => {
      for (let index = 0; index < steps.length; index += 1) {
        this.line = lines[index] ?? 0;
        const signal = steps[index]?.(scope);
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  /** The statements run in a scope of their own. */
  #inner(body: readonly Statement[], names: Names): Execute {
    const execute = this.block(body, new Names(names));
    return (scope) => execute(inner(scope));
  }

  #statement(node: Statement, names: Names): Execute {
    switch (node.type) {
      case 'LocalStatement':
        return this.#local(node.variables, node.init, names);
      case 'AssignmentStatement':
        return this.#assignment(node.variables, node.init, names);
      case 'CallStatement': {
        const call = this.#call(node.expression, names);
        return (scope) => {
          call(scope);
          return undefined;
        };
      }
      case 'ReturnStatement':
        return this.all(node.arguments, names);
      case 'BreakStatement':
        return () => BREAK;
      case 'DoStatement':
        return this.#inner(node.body, names);
      case 'IfStatement':
        return this.#if(node, names);
      case 'WhileStatement':
        return this.#while(node, names);
      case 'RepeatStatement':
        return this.#repeat(node, names);
      case 'ForNumericStatement':
        return this.#forNumeric(node, names);
      case 'ForGenericStatement':
        return this.#forGeneric(node, names);
      case 'FunctionDeclaration':
        return this.#declaration(node, names);
      default:
        throw new Error('the memory node does not know a statement of this script');
    }
  }

  #local(variables: readonly Name[], init: readonly Expression[], names: Names): Execute {
    const values = this.all(init, names);
    const single = init[0] && this.expression(init[0], names);
    const places = variables.map(({name}) => names.declare(name));
    const [place = 0] = places;
    if (places.length === 1 && init.length === 1 && single !== undefined) {
      return (scope) => {
        scope.values[place] = single(scope);
        return undefined;
      };
    }
    return (scope) => {
      const all = values(scope);
      for (const [index, each] of places.entries()) scope.values[each] = all[index];
      return undefined;
    };
  }

  #assignment(targets: readonly Target[], init: readonly Expression[], names: Names): Execute {
    const values = this.all(init, names);
    const setters = targets.map((target) => this.#setter(target, names));
    return (scope) => {
      const all = values(scope);
      for (const [index, set] of setters.entries()) set(scope, all[index]);
      return undefined;
    };
  }

  #setter(target: Target, names: Names): (scope: Scope, value: LuaValue) => void {
    if (target.type === 'Identifier') {
      const found = names.find(target.name);
      if (found !== undefined) {
        const {depth, place} = found;
        return (scope, value) => void (scopeAt(scope, depth).values[place] = value);
      }
      return () => {
        throw new LuaError('Attempt to modify a readonly table');
      };
    }
    const base = this.expression(target.base, names);
    const key = this.#key(target, names);
    return (scope, value) => {
      const table = base(scope);
      if (!(table instanceof LuaTable)) {
        throw new LuaError(`attempt to index a ${typeOf(table)} value`);
      }
      table.set(key(scope), value);
    };
  }

  #key(target: Exclude<Target, Name>, names: Names): Evaluate {
    if (target.type === 'IndexExpression') return this.expression(target.index, names);
    const {name} = target.identifier;
    return () => name;
  }

  #if({clauses}: Extract<Statement, {type: 'IfStatement'}>, names: Names): Execute {
    const cases = clauses.map(({condition, body}) => ({
      isMet: condition && this.expression(condition, names),
      execute: this.#inner(body, names),
    }));
    return (scope) => {
      for (const {isMet, execute} of cases) {
        if (isMet === undefined || isTrue(isMet(scope))) return execute(scope);
      }
      return undefined;
    };
  }

  #while(node: {condition: Expression; body: readonly Statement[]}, names: Names): Execute {
    const isMet = this.expression(node.condition, names);
    const execute = this.#inner(node.body, names);
    return (scope) => {
      while (isTrue(isMet(scope))) {
        const signal = execute(scope);
        if (signal === BREAK) break;
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  #repeat(node: {condition: Expression; body: readonly Statement[]}, names: Names): Execute {
    // The condition sees the variables of the body.
    const own = new Names(names);
    const execute = this.block(node.body, own);
    const isMet = this.expression(node.condition, own);
    return (scope) => {
      for (;;) {
        const round = inner(scope);
        const signal = execute(round);
        if (signal === BREAK) return undefined;
        if (signal !== undefined) return signal;
        if (isTrue(isMet(round))) return undefined;
      }
    };
  }

  #forNumeric(node: Extract<Statement, {type: 'ForNumericStatement'}>, names: Names): Execute {
    const start = this.expression(node.start, names);
    const end = this.expression(node.end, names);
    const by = node.step === null ? undefined : this.expression(node.step, names);
    const own = new Names(names);
    const place = own.declare(node.variable.name);
    const execute = this.block(node.body, own);
    return (scope) => {
      const last = operand(end(scope));
      const step = by === undefined ? 1 : operand(by(scope));
      for (let at = operand(start(scope)); step > 0 ? at <= last : at >= last; at += step) {
        const round = inner(scope);
        round.values[place] = at;
        const signal = execute(round);
        if (signal === BREAK) break;
        if (signal !== undefined) return signal;
      }
      return undefined;
    };
  }

  #forGeneric(node: Extract<Statement, {type: 'ForGenericStatement'}>, names: Names): Execute {
    const iterators = this.all(node.iterators, names);
    const own = new Names(names);
    const places = node.variables.map(({name}) => own.declare(name));
    const execute = this.block(node.body, own);
    return (scope) => {
      const [next, state, initial] = iterators(scope);
      let control = initial;
      for (;;) {
        const values = callValue(next, [state, control]);
        [control] = values;
        if (control === undefined) return undefined;
        const round = inner(scope);
        for (const [index, place] of places.entries()) round.values[place] = values[index];
        const signal = execute(round);
        if (signal === BREAK) return undefined;
        if (signal !== undefined) return signal;
      }
    };
  }

  #declaration(node: FunctionNode, names: Names): Execute {
    const {identifier} = node;
    if (identifier === null) throw new Error('Expected a function statement to have a name');
    // A local function knows itself.
    if (node.isLocal && identifier.type === 'Identifier') names.declare(identifier.name);
    const make = this.#function(node, names);
    const set = this.#setter(identifier, names);
    return (scope) => {
      set(scope, make(scope));
      return undefined;
    };
  }

  #function(node: FunctionNode, names: Names): Evaluate {
    const own = new Names(names);
    const {identifier} = node;
    const isMethod = identifier?.type === 'MemberExpression' && identifier.indexer === ':';
    if (isMethod) own.declare('self');
    const named = node.parameters.filter((parameter) => parameter.type === 'Identifier');
    for (const {name} of named) own.declare(name);
    const count = named.length + (isMethod ? 1 : 0);
    const execute = this.block(node.body, own);
    return (up) => {
      const called: LuaFunction = (...args) => {
        const values = args.slice(0, count);
        const scope = {values, up, globals: up.globals, varargs: args.slice(count)};
        const result = execute(scope);
        return result === undefined || result === BREAK ? NOTHING : result;
      };
      return called;
    };
  }

  /** The values of several expressions: one of each, and all of the last one. */
  all(nodes: readonly Expression[], names: Names): EvaluateAll {
    const last = nodes.at(-1);
    if (last === undefined) return () => NOTHING;
    const singles = nodes.map((node) => this.expression(node, names));
    const rest = this.#several(last, names);
    if (rest === undefined) return (scope) => singles.map((single) => single(scope));
    if (singles.length === 1) return rest;
    const before = singles.slice(0, -1);
    return (scope) => [...before.map((single) => single(scope)), ...rest(scope)];
  }

  /** What may give any number of values. */
  #several(node: Expression, names: Names): EvaluateAll | undefined {
    if (node.type === 'VarargLiteral') return (scope) => scope.varargs;
    return isCall(node) ? this.#call(node, names) : undefined;
  }

  expression(node: Expression, names: Names): Evaluate {
    switch (node.type) {
      case 'StringLiteral':
      case 'NumericLiteral':
      case 'BooleanLiteral': {
        const {value} = node;
        return () => value;
      }
      case 'NilLiteral':
        return () => undefined;
      case 'VarargLiteral':
        return (scope) => scope.varargs[0];
      case 'Identifier':
        return variable(node.name, names);
      case 'MemberExpression':
      case 'IndexExpression': {
        const base = this.expression(node.base, names);
        const key = this.#key(node, names);
        const what = described(node.base, names);
        return (scope) => indexed(base(scope), key(scope), what);
      }
      case 'CallExpression':
      case 'TableCallExpression':
      case 'StringCallExpression': {
        const call = this.#call(node, names);
        return (scope) => call(scope)[0];
      }
      case 'FunctionDeclaration':
        return this.#function(node, names);
      case 'TableConstructorExpression':
        return this.#table(node.fields, names);
      case 'UnaryExpression':
        return unary(node.operator, this.expression(node.argument, names));
      case 'LogicalExpression':
      case 'BinaryExpression': {
        const left = this.expression(node.left, names);
        return binary(node.operator, left, this.expression(node.right, names));
      }
      default:
        throw new Error('the memory node does not know an expression of this script');
    }
  }

  #call(node: Call, names: Names): EvaluateAll {
    const args = this.all(argumentsOf(node), names);
    const {base} = node;
    if (base.type === 'MemberExpression' && base.indexer === ':') {
      const object = this.expression(base.base, names);
      const {name} = base.identifier;
      return (scope) => {
        const self = object(scope);
        return callValue(indexed(self, name), [self, ...args(scope)]);
      };
    }
    const called = this.expression(base, names);
    const what = described(base, names);
    return (scope) => callValue(called(scope), args(scope), what);
  }

  #table(fields: readonly Field[], names: Names): Evaluate {
    const listed = fields.flatMap((field) => (field.type === 'TableValue' ? [field.value] : []));
    const list = this.all(listed, names);
    const others = fields.flatMap((field) => {
      if (field.type === 'TableValue') return [];
      const {key} = field;
      const at =
        key.type === 'Identifier' && field.type === 'TableKeyString'
          ? () => key.name
          : this.expression(key, names);
      return [{at, value: this.expression(field.value, names)}];
    });
    return (scope) => {
      const table = new LuaTable([...list(scope)]);
      for (const {at, value} of others) table.set(at(scope), value(scope));
      return table;
    };
  }
}

const isCall = (node: Expression): node is Call =>
  node.type === 'CallExpression' ||
  node.type === 'TableCallExpression' ||
  node.type === 'StringCallExpression';

function argumentsOf(node: Call): readonly Expression[] {
  if (node.type === 'CallExpression') return node.arguments;
  return [node.type === 'TableCallExpression' ? node.arguments : node.argument];
}

function variable(name: string, names: Names): Evaluate {
  const found = names.find(name);
  if (found === undefined) {
    return ({globals}) => {
      const value = globals.get(name);
      if (value !== undefined) return value;
      throw new LuaError(`Script attempted to access nonexistent global variable '${name}'`);
    };
  }
  const {depth, place} = found;
  if (depth === 0) return (scope) => scope.values[place];
  if (depth === 1) return (scope) => scope.up?.values[place];
  return (scope) => scopeAt(scope, depth).values[place];
}

function callValue(
  called: LuaValue,
  args: readonly LuaValue[],
  what?: string,
): readonly LuaValue[] {
  if (typeof called === 'function') return called(...args);
  throw new LuaError(`attempt to call ${kind(called, what)}`);
}

function indexed(base: LuaValue, key: LuaValue, what?: string): LuaValue {
  if (base instanceof LuaTable) return base.get(key);
  if (typeof base === 'string') return STRINGS.get(key);
  throw new LuaError(`attempt to index ${kind(base, what)}`);
}

/** What Lua says of a value in an error: its type, and where it was found. */
const kind = (value: LuaValue, what?: string): string =>
  what === undefined ? `a ${typeOf(value)} value` : `${what} (a ${typeOf(value)} value)`;

function described(node: Expression, names: Names): string | undefined {
  if (node.type === 'MemberExpression') return `field '${node.identifier.name}'`;
  if (node.type !== 'Identifier') return undefined;
  return `${names.find(node.name) === undefined ? 'global' : 'local'} '${node.name}'`;
}

function unary(operator: string, argument: Evaluate): Evaluate {
  if (operator === 'not') return (scope) => !isTrue(argument(scope));
  if (operator === '-') return (scope) => -operand(argument(scope));
  return (scope) => {
    const value = argument(scope);
    if (typeof value === 'string' || value instanceof LuaTable) return value.length;
    throw new LuaError(`attempt to get length of a ${typeOf(value)} value`);
  };
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - Math.floor(a / b) * b,
  '^': (a, b) => a ** b,
};

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const compute = ARITHMETIC[operator];
  if (compute !== undefined) {
    return (scope) => compute(operand(left(scope)), operand(right(scope)));
  }
  switch (operator) {
    case 'and':
      return (scope) => {
        const value = left(scope);
        return isTrue(value) ? right(scope) : value;
      };
    case 'or':
      return (scope) => {
        const value = left(scope);
        return isTrue(value) ? value : right(scope);
      };
    case '==':
      return (scope) => left(scope) === right(scope);
    case '~=':
      return (scope) => left(scope) !== right(scope);
    case '<':
      return (scope) => isBelow(left(scope), right(scope));
    case '>':
      return (scope) => isBelow(...swapped(left(scope), right(scope)));
    case '<=':
      return (scope) => isAtMost(left(scope), right(scope));
    case '>=':
      return (scope) => isAtMost(...swapped(left(scope), right(scope)));
    default:
      return (scope) => joined(left(scope), right(scope));
  }
}

const swapped = (a: LuaValue, b: LuaValue): [LuaValue, LuaValue] => [b, a];

function isBelow(a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a === 'string' && typeof b === 'string') return a < b;
  throw new LuaError(`attempt to compare ${typeOf(a)} with ${typeOf(b)}`);
}

function isAtMost(a: LuaValue, b: LuaValue): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a <= b;
  if (typeof a === 'string' && typeof b === 'string') return a <= b;
  throw new LuaError(`attempt to compare ${typeOf(a)} with ${typeOf(b)}`);
}

function joined(a: LuaValue, b: LuaValue): string {
  for (const value of [a, b]) {
    if (typeof value === 'string' || typeof value === 'number') continue;
    throw new LuaError(`attempt to concatenate a ${typeOf(value)} value`);
  }
  return textOf(a) + textOf(b);
}
