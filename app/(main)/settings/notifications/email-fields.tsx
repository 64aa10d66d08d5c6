'use client';

import { useTranslations } from 'next-intl';
import { SelectField, TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import type { FieldProblem, Problem } from '#app/data/problem.ts';
import type { MailSecurity } from '#generated/graphql/client/graphql.ts';
import { type EmailValues, securities } from './email-values.ts';

interface Props {
  values: EmailValues;
  hasPassword: boolean;
  /** Problems by path: `email.host` … */
  fields: Problem['fields'];
  onChange: (part: Partial<EmailValues>) => void;
  onSecurity: (security: MailSecurity) => void;
}

export function EmailFields({ values, hasPassword, fields, onChange, onSecurity }: Props) {
  const t = useTranslations('notifications');
  const error = (field: string) => fields[`email.${field}`] ?? fields[field];
  return (
    <>
      <MailServerFields values={values} error={error} onChange={onChange} onSecurity={onSecurity} />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('user')}
          optional={t('optional')}
          value={values.user}
          onChange={(event) => onChange({ user: event.target.value })}
          error={error('user')}
          spellCheck={false}
        />
        <TextField
          type="password"
          autoComplete="new-password"
          label={t('password')}
          value={values.password}
          placeholder={hasPassword ? t('passwordKept') : undefined}
          onChange={(event) => onChange({ password: event.target.value })}
          error={error('password')}
        />
      </div>
      <TextField
        label={t('from')}
        value={values.from}
        onChange={(event) => onChange({ from: event.target.value })}
        error={error('from')}
        required
      />
      <TextAreaField
        label={t('to')}
        hint={t('toHint')}
        rows={2}
        value={values.to}
        onChange={(event) => onChange({ to: event.target.value })}
        error={error('to')}
        required
      />
    </>
  );
}

interface MailServerProps extends Pick<Props, 'values' | 'onChange' | 'onSecurity'> {
  error: (field: string) => FieldProblem | undefined;
}

function MailServerFields({ values, error, onChange, onSecurity }: MailServerProps) {
  const t = useTranslations('notifications');
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_11rem_6rem]">
      <TextField
        label={t('host')}
        value={values.host}
        onChange={(event) => onChange({ host: event.target.value })}
        error={error('host')}
        spellCheck={false}
        required
      />
      <SelectField
        label={t('security')}
        value={values.security}
        onChange={(event) => onSecurity(event.target.value as MailSecurity)}
        options={securities.map((value) => ({ value, label: t(`securities.${value}`) }))}
        error={error('security')}
      />
      <TextField
        type="number"
        min={1}
        max={65_535}
        label={t('port')}
        value={values.port}
        onChange={(event) => onChange({ port: event.target.value })}
        error={error('port')}
        required
      />
    </div>
  );
}
