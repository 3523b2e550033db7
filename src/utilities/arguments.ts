/** A range of whole numbers. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The whole numbers that JavaScript and Lua both hold exactly. */
export const safeIntegers: Range = {min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER};

/** Lengths of time in whole milliseconds. */
export const durations: Range = {min: 1, max: Number.MAX_SAFE_INTEGER};

/** Throws for an argument that is not as its function wants it. All of them speak in one form. */
export class Arguments {
  readonly #caller: string;

  constructor(caller: string) {
    this.#caller = caller;
  }

  /** @throws {TypeError} when it is no string. */
  text(name: string, value: unknown): void {
    if (typeof value !== 'string') throw new TypeError(this.#say(name, 'a string', value));
  }

  /** @throws {TypeError} when it is no string. @throws {RangeError} when it is empty. */
  name(name: string, value: unknown): void {
    const wanted = 'a string of at least one character';
    if (typeof value !== 'string') throw new TypeError(this.#say(name, wanted, value));
    if (value === '') throw new RangeError(this.#say(name, wanted, value));
  }

  /** @throws {TypeError} when it is no number. @throws {RangeError} when it is not whole, or not in the range. */
  integer(name: string, value: unknown, {min, max}: Range): void {
    const wanted = `an integer from ${min} to ${max}`;
    if (typeof value !== 'number') throw new TypeError(this.#say(name, wanted, value));
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new RangeError(this.#say(name, wanted, value));
    }
  }

  /** @throws {TypeError} when it is no number. @throws {RangeError} when it is NaN or infinite. */
  finite(name: string, value: unknown): void {
    if (typeof value !== 'number') throw new TypeError(this.#say(name, 'a finite number', value));
    if (!Number.isFinite(value)) throw new RangeError(this.#say(name, 'a finite number', value));
  }

  /** @throws {TypeError} when it is no object, or an array. */
  object(name: string, value: unknown): void {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
    throw new TypeError(this.#say(name, 'an object', value));
  }

  /** @throws {TypeError} when it is no object, or one of a class. */
  plainObject(name: string, value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      const prototype: unknown = Object.getPrototypeOf(value);
      // The prototype of plain objects is another one in every realm, but always the last of its chain.
      if (prototype === null || Object.getPrototypeOf(prototype) === null) return;
    }
    throw new TypeError(this.#say(name, 'a plain object', value));
  }

  /** @throws {TypeError} when it is no array, or has anything but strings in it. */
  texts(name: string, value: unknown): void {
    if (!Array.isArray(value)) throw new TypeError(this.#say(name, 'an array of strings', value));
    for (const [index, item] of value.entries()) this.text(`${name}[${index}]`, item);
  }

  /** @throws {RangeError} with these words. For what depends on another argument. */
  refuse(name: string, wanted: string, value: unknown): never {
    throw new RangeError(this.#say(name, wanted, value));
  }

  #say(name: string, wanted: string, value: unknown): string {
    return `${this.#caller}: ${name} must be ${wanted}; got ${kindOf(value)}`;
  }
}

// The text of a string never goes into a message: it may be a token or somebody's data.
function kindOf(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
