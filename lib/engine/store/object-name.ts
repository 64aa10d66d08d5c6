/** What the port allows as a name: parts of `[a-z0-9-]` between single dots and slashes. */
const OBJECT_NAME = /^[a-z0-9][a-z0-9-]*([./][a-z0-9-]+)*$/;

export function isObjectName(name: string): boolean {
  return OBJECT_NAME.test(name);
}

/**
 * Throws a RangeError. Names come from us, never from outside; this keeps a mistake from leaving the folder or the
 * prefix of a store.
 */
export function assertObjectName(name: string): void {
  if (!isObjectName(name)) throw new RangeError(`Not an object name: ${name}`);
}
