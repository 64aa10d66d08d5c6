import type { Author } from '#engine/ports.ts';

export { authorIn, authorInIfAny } from '#vault/actor.ts';
export type { Author };

/** Who did something, in English, for the command line and for scripts. */
export function authorText({ kind, name }: Author): string {
  if (kind === 'COMMAND_LINE') return name === '' ? 'command line' : `command line (${name})`;
  if (kind === 'ENVIRONMENT') return 'environment';
  return kind === 'SERVER' ? 'Fiberkeep' : name;
}
