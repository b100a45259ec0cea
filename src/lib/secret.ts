// A value that must not be printed by accident: string conversion, JSON and the inspector all show "***".

const HIDDEN = "***";

/** Holds a secret; only `reveal` gives it back. */
export type Secret<T> = {
  /** Returns the value; call it only where the value goes onto the wire or into a hash. */
  readonly reveal: () => T;
  readonly toString: () => string;
  readonly toJSON: () => string;
};

/** Wraps a secret value. The closure keeps it out of every enumerable property. */
export function secret<T>(value: T): Secret<T> {
  return { reveal: () => value, toString: () => HIDDEN, toJSON: () => HIDDEN };
}
