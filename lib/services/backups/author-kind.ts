/** Names of those who act without an account, as the catalogue and the audit log write them, in English. */
const COMMAND_LINE = /^command line(?: \((?<login>.*)\))?$/s;

export type AuthorKind = 'PERSON' | 'COMMAND_LINE' | 'ENVIRONMENT' | 'SERVER';

export interface Author {
  readonly id?: string | null;
  readonly name: string;
}

/** Who acts at the machine itself, under the account `login` of its system. */
export function commandLineName(login: string): string {
  return `command line (${login})`;
}

/** Whether it was a person or the system, so that pages can say the latter in the person's language. */
export function authorKind({ id, name }: Author): AuthorKind {
  if (id) return 'PERSON';
  if (COMMAND_LINE.test(name)) return 'COMMAND_LINE';
  if (name === 'environment') return 'ENVIRONMENT';
  return name === 'Rewind' ? 'SERVER' : 'PERSON';
}

/** The machine's account that the command line ran under; null of anybody else. */
export function loginOf(author: Author): string | null {
  if (author.id) return null;
  return COMMAND_LINE.exec(author.name)?.groups?.login ?? null;
}
