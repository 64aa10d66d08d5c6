import { validate as isUuid } from 'uuid';
import { type FieldError, type FieldFault, type Kind, notFound, validationError } from '#errors';
import { tidyLine, wrongName } from '#text';
import { type Action, actions, knownActions } from '../permit.ts';
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, passwordChars } from './passwords.ts';

const MAX_NAME_CHARS = 200;
const MAX_ROLE_NAME_CHARS = 100;
/** RFC 5321 §4.5.3.1.3 */
const MAX_EMAIL_CHARS = 254;
const EMAIL = /^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u;

const passwordTooLong: FieldFault = { reason: 'tooLong', params: { max: MAX_PASSWORD_CHARS } };

export const locales = ['en', 'pt-BR', 'es'] as const;

/** E-mails as they are compared and kept. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase();
}

/** Checks an input field by field and throws one VALIDATION_FAILED that names every wrong one. */
export class Fields {
  readonly #errors: FieldError[] = [];

  refuse(path: string, fault: FieldFault): void {
    this.#errors.push({ path, ...fault });
  }

  /** A line of text as `tidyLine` has it. */
  name(path: string, text: string, maxChars = MAX_NAME_CHARS): string {
    const name = tidyLine(text);
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
      this.refuse(path, { reason: 'tooLong', params: { max: MAX_EMAIL_CHARS } });
    else if (!EMAIL.test(email)) this.refuse(path, { reason: 'email' });
    return email;
  }

  password(path: string, password: string, email: string): string {
    const chars = passwordChars(password);
    if (chars < MIN_PASSWORD_CHARS)
      this.refuse(path, { reason: 'tooShort', params: { min: MIN_PASSWORD_CHARS } });
    else if (chars > MAX_PASSWORD_CHARS) this.refuse(path, passwordTooLong);
    else if (normalizeEmail(password) === email) this.refuse(path, { reason: 'passwordIsEmail' });
    return password;
  }

  /** The operator's, from the environment. It may be short: the operator answers for it. */
  operatorPassword(path: string, password: string): string {
    if (passwordChars(password) > MAX_PASSWORD_CHARS) this.refuse(path, passwordTooLong);
    return password;
  }

  locale(path: string, locale: string | null): string | null {
    if (locale !== null && !locales.some((known) => known === locale))
      this.refuse(path, { reason: 'unknownLocale', params: { known: locales.join(', ') } });
    return locale;
  }

  actions(path: string, names: readonly string[]): Action[] {
    const unknown = names.find((name) => !actions.some((action) => action === name));
    if (unknown !== undefined)
      this.refuse(path, { reason: 'unknownAction', params: { name: unknown } });
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

/** Throws NOT_FOUND where `id` cannot be the id of anything. */
export function checkId(id: string, kind: Kind): string {
  if (!isUuid(id)) throw notFound(kind);
  return id.toLowerCase();
}
