import type { Author } from '../engine/types.ts';

/** Who did something, in English: for the command line, and for what scripts read. */
export function authorText({ kind, name }: Author): string {
  if (kind === 'COMMAND_LINE') return name === '' ? 'command line' : `command line (${name})`;
  if (kind === 'ENVIRONMENT') return 'environment';
  return kind === 'SERVER' ? 'Rewind' : name;
}
