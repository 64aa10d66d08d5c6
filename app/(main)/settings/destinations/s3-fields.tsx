'use client';

import { useTranslations } from 'next-intl';
import { SelectField, TextField } from '#app/components/ui/text-fields.tsx';
import type { PlaceFieldsProps } from './folder-fields.tsx';
import type { Credentials } from './new-place.ts';

const ENDPOINT_EXAMPLE = 'https://s3.example.net';
const REGION_EXAMPLE = 'us-east-1';
const credentials: readonly Credentials[] = ['key', 'environment', 'profile'];

interface Props extends PlaceFieldsProps {
  hasSecret: boolean;
}

export function S3Fields(props: Props) {
  const { values, fields, onChange } = props;
  const t = useTranslations('destinations');
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label={t('bucket')}
          value={values.bucket}
          onChange={(event) => onChange({ bucket: event.target.value })}
          error={fields.bucket}
          spellCheck={false}
          required
        />
        <TextField
          label={t('prefix')}
          optional={t('optional')}
          value={values.prefix}
          onChange={(event) => onChange({ prefix: event.target.value })}
          error={fields.prefix}
          spellCheck={false}
        />
        <TextField
          label={t('endpoint')}
          optional={t('optional')}
          hint={t('endpointHint')}
          placeholder={ENDPOINT_EXAMPLE}
          value={values.endpoint}
          onChange={(event) => onChange({ endpoint: event.target.value })}
          error={fields.endpoint}
          spellCheck={false}
        />
        <TextField
          label={t('region')}
          placeholder={REGION_EXAMPLE}
          value={values.region}
          onChange={(event) => onChange({ region: event.target.value })}
          error={fields.region}
          spellCheck={false}
        />
      </div>
      <CredentialsFields {...props} />
    </>
  );
}

function CredentialsFields({ values, fields, hasSecret, onChange }: Props) {
  const t = useTranslations('destinations');
  return (
    <>
      <SelectField
        label={t('credentials')}
        hint={values.credentials === 'environment' ? t('environmentHint') : undefined}
        value={values.credentials}
        onChange={(event) => onChange({ credentials: event.target.value as Credentials })}
        options={credentials.map((value) => ({ value, label: t(`credentialKinds.${value}`) }))}
      />
      {values.credentials === 'profile' && (
        <TextField
          label={t('profile')}
          value={values.profile}
          onChange={(event) => onChange({ profile: event.target.value })}
          error={fields.profile}
          spellCheck={false}
          required
        />
      )}
      {values.credentials === 'key' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t('accessKeyId')}
            value={values.accessKeyId}
            onChange={(event) => onChange({ accessKeyId: event.target.value })}
            error={fields.accessKeyId}
            spellCheck={false}
            required
          />
          <TextField
            type="password"
            autoComplete="new-password"
            label={t('secretAccessKey')}
            placeholder={hasSecret ? t('secretKept') : undefined}
            value={values.secretAccessKey}
            onChange={(event) => onChange({ secretAccessKey: event.target.value })}
            error={fields.secretAccessKey}
            required={!hasSecret}
          />
        </div>
      )}
    </>
  );
}
