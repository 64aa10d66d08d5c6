'use client';

import { useTranslations } from 'next-intl';
import { SelectField, TextAreaField, TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceFieldsProps } from './folder-fields.tsx';
import type { Login } from './new-place.ts';

interface Props extends PlaceFieldsProps {
  hasSecret: boolean;
}

export function SftpFields(props: Props) {
  const { values, fields, onChange } = props;
  const t = useTranslations('destinations');
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1fr)_6rem] gap-4">
        <TextField
          label={t('host')}
          value={values.host}
          onChange={(event) => onChange({ host: event.target.value })}
          error={fields.host}
          spellCheck={false}
          required
        />
        <TextField
          type="number"
          min={1}
          max={65_535}
          label={t('port')}
          value={values.port}
          onChange={(event) => onChange({ port: event.target.value })}
          error={fields.port}
          required
        />
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('user')}
          value={values.user}
          onChange={(event) => onChange({ user: event.target.value })}
          error={fields.user}
          spellCheck={false}
          required
        />
        <TextField
          label={t('path')}
          hint={t('pathHint')}
          value={values.path}
          onChange={(event) => onChange({ path: event.target.value })}
          error={fields.path}
          spellCheck={false}
          required
        />
      </div>
      <LoginFields {...props} />
    </>
  );
}

function LoginFields({ values, fields, hasSecret, onChange }: Props) {
  const t = useTranslations('destinations');
  const logins: readonly Login[] = ['password', 'privateKey'];
  const options = hasSecret ? (['kept', ...logins] as const) : logins;
  return (
    <>
      <SelectField
        label={t('login')}
        value={values.login}
        onChange={(event) => onChange({ login: event.target.value as Login })}
        options={options.map((value) => ({ value, label: t(`logins.${value}`) }))}
      />
      {values.login === 'password' && (
        <TextField
          type="password"
          autoComplete="new-password"
          label={t('password')}
          value={values.password}
          onChange={(event) => onChange({ password: event.target.value })}
          error={fields.password}
          required
        />
      )}
      {values.login === 'privateKey' && (
        <PrivateKeyFields values={values} fields={fields} onChange={onChange} />
      )}
    </>
  );
}

function PrivateKeyFields({ values, fields, onChange }: PlaceFieldsProps) {
  const t = useTranslations('destinations');
  return (
    <>
      <TextAreaField
        label={t('privateKey')}
        hint={t('privateKeyHint')}
        rows={4}
        value={values.privateKey}
        onChange={(event) => onChange({ privateKey: event.target.value })}
        error={fields.privateKey}
        spellCheck={false}
        autoComplete="off"
        required
      />
      <TextField
        type="password"
        autoComplete="new-password"
        label={t('passphrase')}
        optional={t('optional')}
        value={values.passphrase}
        onChange={(event) => onChange({ passphrase: event.target.value })}
        error={fields.passphrase}
      />
    </>
  );
}
