/** What the port allows as a name: parts of `[a-z0-9-]` between single dots and slashes. */
export function isObjectName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*([./][a-z0-9-]+)*$/.test(name);
}

/** Names come from us, never from outside; this keeps a mistake from leaving the store's folder. */
export function assertObjectName(name: string): void {
  if (!isObjectName(name)) throw new RangeError(`Not an object name: ${name}`);
}
