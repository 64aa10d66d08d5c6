import { validate as isUuid } from 'uuid';
import { type FieldError, RewindError, validationError } from '../../errors/index.ts';
import { normalizeEmail } from '../../plant/users.ts';
import { wrongName } from '../../short-text.ts';
import { type Action, actions, knownActions } from '../permit.ts';
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from './passwords.ts';

const MAX_NAME_CHARS = 200;
const MAX_ROLE_NAME_CHARS = 100;
/** RFC 5321 §4.5.3.1.3 */
const MAX_EMAIL_CHARS = 254;
const EMAIL = /^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u;

export const locales = ['en', 'pt-BR', 'es'] as const;

/** Checks an input field by field and throws one VALIDATION_FAILED that names every wrong one. */
export class Fields {
  readonly #errors: FieldError[] = [];

  refuse(path: string, message: string): void {
    this.#errors.push({ path, message });
  }

  /** A trimmed line of text. */
  name(path: string, text: string, maxChars = MAX_NAME_CHARS): string {
    const name = text.normalize('NFC').trim();
    const wrong = wrongName(name, maxChars);
    if (wrong !== null) this.#errors.push({ path, ...wrong });
    return name;
  }

  roleName(path: string, text: string): string {
    return this.name(path, text, MAX_ROLE_NAME_CHARS);
  }

  email(path: string, text: string): string {
    const email = normalizeEmail(text);
    if (email.length > MAX_EMAIL_CHARS)
      this.refuse(path, `must be at most ${MAX_EMAIL_CHARS} characters`);
    else if (!EMAIL.test(email))
      this.refuse(path, 'must be an e-mail address, such as ana@example.net');
    return email;
  }

  password(path: string, password: string, email: string): string {
    const chars = [...password].length;
    if (chars < MIN_PASSWORD_CHARS)
      this.refuse(path, `must be at least ${MIN_PASSWORD_CHARS} characters`);
    else if (chars > MAX_PASSWORD_CHARS)
      this.refuse(path, `must be at most ${MAX_PASSWORD_CHARS} characters`);
    else if (normalizeEmail(password) === email)
      this.refuse(path, 'must not be the e-mail address');
    return password;
  }

  /** The operator's, from the environment: as short as they answer for. */
  operatorPassword(path: string, password: string): string {
    if ([...password].length > MAX_PASSWORD_CHARS)
      this.refuse(path, `must be at most ${MAX_PASSWORD_CHARS} characters`);
    return password;
  }

  locale(path: string, locale: string | null): string | null {
    if (locale !== null && !locales.some((known) => known === locale))
      this.refuse(path, `must be one of ${locales.join(', ')}`);
    return locale;
  }

  actions(path: string, names: readonly string[]): Action[] {
    const unknown = names.find((name) => !actions.some((action) => action === name));
    if (unknown !== undefined) this.refuse(path, `${unknown} is not an action`);
    return knownActions(names);
  }

  get refused(): boolean {
    return this.#errors.length > 0;
  }

  /** Throws VALIDATION_FAILED where any field was refused. */
  check(): void {
    if (this.refused) throw validationError(this.#errors);
  }
}

/** Throws NOT_FOUND where `id` cannot be the id of anything. `what` begins the sentence: `The user`. */
export function checkId(id: string, what: string): string {
  if (!isUuid(id)) throw notFound(what);
  return id.toLowerCase();
}

export function notFound(what: string): RewindError {
  return new RewindError('NOT_FOUND', `${what} does not exist.`, {
    hint: 'It may have been deleted meanwhile: reload the page.',
  });
}

/** A unique value was taken, by whoever came first (Prisma P2002). */
export function isTaken(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | null)?.code === 'P2002';
}
