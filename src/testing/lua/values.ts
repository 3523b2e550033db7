/** A value of Lua. `nil` is undefined; a string has one byte in each character, as in Lua. */
export type LuaValue = undefined | boolean | number | string | LuaTable | LuaFunction;

/** A function of Lua: any number of values in, and out. */
export type LuaFunction = (...args: readonly LuaValue[]) => readonly LuaValue[];

/** What a script throws: any value, mostly a text or a table with `err`. */
export class LuaError extends Error {
  override readonly name = 'LuaError';

  constructor(readonly value: LuaValue) {
    super(typeof value === 'string' ? value : 'a value that is no text');
  }
}

/** A table of Lua. */
export class LuaTable {
  /** What stands at 1, 2 and so on, without a gap at its end. */
  readonly #list: LuaValue[];
  #rest: Map<LuaValue, LuaValue> | undefined;

  /** Takes the list as its own. */
  constructor(list: LuaValue[] = []) {
    this.#list = list;
    this.#trim();
  }

  /** A table with text keys. */
  static of(entries: Readonly<Record<string, LuaValue>>): LuaTable {
    const table = new LuaTable();
    for (const [key, value] of Object.entries(entries)) table.set(key, value);
    return table;
  }

  get length(): number {
    return this.#list.length;
  }

  get(key: LuaValue): LuaValue {
    return typeof key === 'number' && key >= 1 && key <= this.#list.length
      ? this.#list[key - 1]
      : this.#rest?.get(key);
  }

  set(key: LuaValue, value: LuaValue): void {
    if (key === undefined || Number.isNaN(key)) {
      throw new LuaError(`table index is ${key === undefined ? 'nil' : 'NaN'}`);
    }
    if (typeof key === 'number' && Number.isInteger(key) && this.#setInList(key, value)) return;
    if (value === undefined) this.#rest?.delete(key);
    else (this.#rest ??= new Map<LuaValue, LuaValue>()).set(key, value);
  }

  /** All keys that have a value, the list first. */
  *keys(): Generator<LuaValue> {
    for (const [index, value] of this.#list.entries()) if (value !== undefined) yield index + 1;
    yield* this.#rest?.keys() ?? [];
  }

  #setInList(key: number, value: LuaValue): boolean {
    const {length} = this.#list;
    if (key < 1 || key > length + 1) return false;
    if (key <= length) {
      this.#list[key - 1] = value;
      this.#trim();
    } else if (value !== undefined) {
      this.#list.push(value);
      this.#rest?.delete(key);
      this.#takeFromRest();
    }
    return true;
  }

  #takeFromRest(): void {
    if (this.#rest === undefined) return;
    for (let key = this.#list.length + 1; this.#rest.has(key); key += 1) {
      this.#list.push(this.#rest.get(key));
      this.#rest.delete(key);
    }
  }

  #trim(): void {
    while (this.#list.length > 0 && this.#list.at(-1) === undefined) this.#list.pop();
  }
}

/** What Lua calls the type of a value. */
export function typeOf(value: LuaValue): string {
  if (value === undefined) return 'nil';
  if (value instanceof LuaTable) return 'table';
  return typeof value;
}

/** All but `nil` and `false` is true. */
export const isTrue = (value: LuaValue): boolean => value !== undefined && value !== false;
