import type {
  EmailSettingsInput,
  MailSecurity,
  NotificationSettingsPartsFragment,
} from '#generated/graphql/client/graphql.ts';

export const securities: readonly MailSecurity[] = ['STARTTLS', 'TLS', 'NONE'];

/** The usual port of each kind of encryption. */
export const usualPorts: Record<MailSecurity, string> = { STARTTLS: '587', TLS: '465', NONE: '25' };

/** The e-mail form as typed. */
export interface EmailValues {
  readonly host: string;
  readonly port: string;
  readonly security: MailSecurity;
  readonly user: string;
  /** Empty keeps the saved one. */
  readonly password: string;
  readonly from: string;
  /** Addresses separated by commas, spaces or line breaks. */
  readonly to: string;
}

export function emailValues(email: NotificationSettingsPartsFragment['email']): EmailValues {
  return {
    host: email?.host ?? '',
    port: String(email?.port ?? usualPorts.STARTTLS),
    security: email?.security ?? 'STARTTLS',
    user: email?.user ?? '',
    password: '',
    from: email?.from ?? '',
    to: email?.to.join(', ') ?? '',
  };
}

export function emailInput(values: EmailValues): EmailSettingsInput {
  const { host, port, security, user, password, from, to } = values;
  return {
    host: host.trim(),
    port: Number(port),
    security,
    user: user.trim() === '' ? null : user.trim(),
    ...(password === '' ? {} : { password }),
    from: from.trim(),
    to: to.split(/[\s,;]+/u).filter(Boolean),
  };
}
